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
#include "reader_places.hpp"
#include "status.hpp"
#include "wake.hpp"

namespace dumbwaiter {

// A thread's place in the reader table. `busy` guards the rest; it is held for the length of one read by its thread,
// and by others only to close or remap.
struct ReaderSlot {
    void lock()
    {
        if (busy.test_and_set(std::memory_order_acquire)) wait_and_lock();
    }
    void unlock() { busy.clear(std::memory_order_release); }

    std::atomic_flag busy;
    LmdbTxn txn;
    KnownPlaces places;
    bool dead = false;  // its environment was closed, or belongs to the parent process

private:
    void wait_and_lock();
};

class SharedEnvironment;
class Snapshot;

// What was read of it is the newest as long as the environment's last transaction is this one.
struct Moment {
    uint64_t environment = 0;  // its serial
    uint64_t txn = 0;
    bool operator==(const Moment&) const = default;
};

// The environment kept open for the length of a look at its last transaction: a snapshot of nothing.
class Glance {
public:
    explicit Glance(SharedEnvironment& environment);
    ~Glance()
    {
        if (slot_ != nullptr) slot_->unlock();
    }
    Glance(const Glance&) = delete;
    Glance& operator=(const Glance&) = delete;

    bool is_possible() const { return slot_ != nullptr; }  // else the environment is retired
    // The newest snapshot, now.
    Moment moment() const;
    KnownPlaces& places() { return slot_->places; }
    // Goes on as a snapshot, and is over. False where that takes more than a renewed transaction.
    bool become(Snapshot& snapshot);

private:
    SharedEnvironment& environment_;
    ReaderSlot* slot_;
};

// One fresh snapshot, for the length of one read: no callback of the user, no wait inside.
class Snapshot {
public:
    Snapshot() = default;
    ~Snapshot() { end(); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    void end();
    SharedEnvironment& environment() { return *environment_; }

    LmdbTxn& txn() { return slot_->txn; }
    // Of all of them only where the registry's begin_for_all() made it.
    const Databases& databases() const;
    Moment moment() const;
    KnownPlaces& places() { return slot_->places; }

private:
    friend class Glance;
    friend class SharedEnvironment;
    ReaderSlot* slot_ = nullptr;
    SharedEnvironment* environment_ = nullptr;
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

    // Opens all databases, once, while no thread reads. Snapshots have had the newest values alone until then.
    bool has_all_databases() const { return has_all_databases_.load(std::memory_order_acquire); }
    Status open_all_databases();

    // Is it to be opened anew: was the store made anew since, or is it read without locks and a host came up? Cheap:
    // the generation each time, the rest once a second.
    bool is_replaced(int64_t now_unix_ns)
    {
        if (wake_.is_open() && wake_.generation() != generation_) return true;
        const int64_t since = now_unix_ns - looked_ns_.load(std::memory_order_relaxed);
        return (since < 0 || since >= kLookInterval) && is_replaced_on_disk(now_unix_ns);
    }

    // nullptr if the store has none.
    const WakeFile* wake() const { return wake_.is_open() ? &wake_ : nullptr; }
    FileIdentity id() const { return id_; }
    const Databases& databases() const { return databases_; }
    uint64_t serial() const { return serial_; }  // no other environment of this process has it, nor will have

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
    friend class Glance;
    static constexpr int64_t kLookInterval = 1'000'000'000;

    Status open_here();
    Status open_databases();
    int begin_opening(LmdbTxn& txn);
    bool is_replaced_on_disk(int64_t now_unix_ns);
    ReaderSlot* enter();  // the slot of this thread, locked; nullptr: retired
    std::shared_ptr<ReaderSlot> new_slot();
    int remap();
    void retire_locked();
    static uint64_t next_serial();
    bool wait_for_a_slot(int64_t& deadline_ns);

    std::filesystem::path folder_;
    const uint64_t serial_ = next_serial();
    FileIdentity id_;
    WakeFile wake_;
    uint32_t generation_ = 0;
    bool has_no_locks_ = false;  // on read-only media without a host
    Databases databases_;        // grows under mutex_ and the locks of all slots
    std::atomic<bool> has_all_databases_{false};
    std::atomic<int64_t> looked_ns_{0};

    LmdbEnv env_;  // used under a slot's lock; closed and remapped under mutex_ and the locks of all slots
    std::mutex mutex_;
    std::vector<std::shared_ptr<ReaderSlot>> slots_;  // guarded by mutex_
    bool is_retired_ = false;                         // guarded by mutex_
};

inline const Databases& Snapshot::databases() const
{
    return environment_->databases();
}

inline Moment Snapshot::moment() const
{
    return {environment_->serial(), slot_->txn.id()};
}

}  // namespace dumbwaiter
