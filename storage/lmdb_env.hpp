// SPDX-License-Identifier: BSD-3-Clause
//
// LMDB's environment as an owner. Its codes are those of lmdb_txn.hpp; lmdb_error() makes one a sentence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "file_identity.hpp"
#include "lmdb_txn.hpp"
#include "status.hpp"

struct MDB_env;

namespace dumbwaiter {

// "DOING: what went wrong and what to do". EIO is told apart from a full disk by a look at the file system of `folder`.
Error lmdb_error(int code, const std::filesystem::path& folder, std::string_view doing);

struct LmdbOptions {
    uint64_t map_size = 0;  // bytes; 0 = what the file says
    bool read_only = false, no_lock = false, no_sync = false, no_meta_sync = false;
};

// Move-only. All transactions must have ended before close(), and before set_map_size().
class LmdbEnv {
public:
    struct Slot {
        int pid;
        uint64_t txn;  // the snapshot it reads
    };

    LmdbEnv() = default;
    ~LmdbEnv() { close(); }
    LmdbEnv(LmdbEnv&& other) noexcept : env_(std::exchange(other.env_, nullptr)), id_(other.id_) {}
    LmdbEnv& operator=(LmdbEnv&& other) noexcept;

    // kInvalidArgument if this process has the same file open already: LMDB would silently lose its locks.
    static Expected<LmdbEnv> open(const std::filesystem::path& folder, const LmdbOptions& options);

    bool is_open() const { return env_ != nullptr; }
    void close();
    void abandon() { env_ = nullptr; }  // in a forked child
    FileIdentity id() const { return id_; }

    int begin_read(LmdbTxn& txn);
    int renew_read(LmdbTxn& txn);  // which is reset, or not begun yet
    int begin_write(LmdbTxn& txn);
    int set_map_size(uint64_t bytes);  // 0 = what the file says now
    uint64_t map_size() const;
    uint64_t last_txn() const;
    int sync();
    // All of the newest snapshot, without free pages, to the end of an empty file. In a reader's transaction of its
    // own.
    int copy_to(int fd);
    int clear_dead_readers();
    std::vector<Slot> readers() const;  // those with a snapshot

private:
    MDB_env* env_ = nullptr;
    FileIdentity id_;
};

}  // namespace dumbwaiter
