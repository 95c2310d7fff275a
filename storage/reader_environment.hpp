// SPDX-License-Identifier: BSD-3-Clause
//
// One environment opened for reading, shared by all handles and threads of this process: a read transaction a thread,
// renewed for each read.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "databases.hpp"
#include "lmdb_env.hpp"
#include "status.hpp"
#include "wake.hpp"

namespace dumbwaiter {

// A thread's place in the reader table. `busy` guards the rest; it is held for the length of one read by its thread,
// and by others only to close or remap.
struct ReaderSlot {
    void lock();
    void unlock() { busy.clear(std::memory_order_release); }

    std::atomic_flag busy;
    LmdbTxn txn;
    bool dead = false;  // its environment was closed, or belongs to the parent process
};

class SharedEnvironment;

// One fresh snapshot, for the length of one read: no callback of the user, no wait inside.
class Snapshot {
public:
    Snapshot() = default;
    ~Snapshot() { end(); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    void end();

    LmdbTxn& txn() { return slot_->txn; }
    const Databases& databases() const { return *databases_; }

private:
    friend class SharedEnvironment;
    ReaderSlot* slot_ = nullptr;
    const Databases* databases_ = nullptr;
};

class SharedEnvironment : public std::enable_shared_from_this<SharedEnvironment> {
public:
    // kNoStore, kIncompatible, kDenied, kDamaged, kBusy.
    static Expected<std::shared_ptr<SharedEnvironment>> open(const std::filesystem::path& folder);
    ~SharedEnvironment() { retire(); }

    // kGone: retired, get another from the registry.
    enum class Begun { kOk, kGone, kFailed };
    // On kFailed `error` says why.
    Begun begin(Snapshot& snapshot, std::optional<Error>& error);

    // Is it to be opened anew: was the store made anew since, or is it read without locks and a host came up? Cheap: the
    // generation each time, the rest once a second.
    bool is_replaced(int64_t now_unix_ns);

    // nullptr if the store has none.
    const WakeFile* wake() const { return wake_.is_open() ? &wake_ : nullptr; }
    FileId id() const { return id_; }

    // Closes the environment once no thread reads; begin() then gives kGone.
    void retire();
    bool is_retired();
    // A thread that ends gives its slot back.
    void give_back(ReaderSlot& slot);

    // Around fork(). In the child everything is forgotten and nothing closed: closing would clear the parent's slots.
    void before_fork() { mutex_.lock(); }
    void after_fork_in_parent() { mutex_.unlock(); }
    void after_fork_in_child();

private:
    Status open_here();
    Status open_databases();
    int begin_or_renew(ReaderSlot& slot);
    std::shared_ptr<ReaderSlot> slot_of_this_thread();
    int remap();
    void retire_locked();
    bool wait_for_a_slot(int64_t& deadline_ns);

    std::filesystem::path folder_;
    FileId id_;
    WakeFile wake_;
    uint32_t generation_ = 0;
    bool has_no_locks_ = false;  // on read-only media without a host
    Databases databases_;
    std::atomic<int64_t> looked_ns_{0};

    LmdbEnv env_;  // used under a slot's lock; closed and remapped under mutex_ and the locks of all slots
    std::mutex mutex_;
    std::vector<std::shared_ptr<ReaderSlot>> slots_;  // guarded by mutex_
    bool is_retired_ = false;                         // guarded by mutex_
};

}  // namespace dumbwaiter
