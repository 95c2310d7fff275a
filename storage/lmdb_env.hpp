// SPDX-License-Identifier: BSD-3-Clause
//
// LMDB's environment, transaction and cursor as owners. lmdb_env.cpp is the only file that includes lmdb.h. Calls give
// LMDB's own code (kLmdbOk, one of LmdbCode, or an errno), because callers act on it; lmdb_error() makes it a sentence.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "status.hpp"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

namespace dumbwaiter {

enum LmdbCode : int {
    kLmdbOk = 0,
    kLmdbNotFound = -30798,
    kLmdbPageNotFound = -30797,
    kLmdbCorrupted = -30796,
    kLmdbPanic = -30795,
    kLmdbVersionMismatch = -30794,
    kLmdbInvalid = -30793,
    kLmdbMapFull = -30792,
    kLmdbReadersFull = -30790,
    kLmdbTxnFull = -30788,
    kLmdbMapResized = -30785,
    kLmdbIncompatible = -30784,
    kLmdbBadValueSize = -30781,
};

// "DOING: what went wrong and what to do". EIO is told apart from a full disk by a look at the file system of `folder`.
Error lmdb_error(int code, const std::filesystem::path& folder, std::string_view doing);

using Database = unsigned int;

// Which file it is, whatever path led to it.
struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const FileId&) const = default;
};
Expected<FileId> file_id(const std::filesystem::path& file);

// Move-only; aborts what was not committed. A read transaction may be reset (its snapshot is let go, its slot in the
// reader table is kept) and renewed, on any thread, one at a time.
class LmdbTxn {
public:
    LmdbTxn() = default;
    ~LmdbTxn() { abort(); }
    LmdbTxn(LmdbTxn&& other) noexcept : txn_(std::exchange(other.txn_, nullptr)) {}
    LmdbTxn& operator=(LmdbTxn&& other) noexcept;

    bool is_open() const { return txn_ != nullptr; }
    int commit();
    void abort();
    void abandon() { txn_ = nullptr; }  // in a forked child: the parent's slot must stay as it is
    void reset();
    int renew();
    uint64_t id() const;

    // Views point into the map: until the transaction ends or, in a write transaction, its next change.
    int open_database(const char* name, bool create, Database& database);  // nullptr = the unnamed one
    int get(Database database, std::string_view key, std::string_view& value) const;
    int put(Database database, std::string_view key, std::string_view value);
    int remove(Database database, std::string_view key);
    int count(Database database, uint64_t& entries) const;

private:
    friend class LmdbEnv;
    friend class LmdbCursor;
    MDB_txn* txn_ = nullptr;
};

// Must not outlive its transaction. After a move that gives kLmdbOk, key() and value() are where it stands.
class LmdbCursor {
public:
    LmdbCursor() = default;
    ~LmdbCursor();
    LmdbCursor(const LmdbCursor&) = delete;
    LmdbCursor& operator=(const LmdbCursor&) = delete;

    int open(LmdbTxn& txn, Database database);
    int seek(std::string_view key);  // the first at or after it
    int find(std::string_view key);  // this one
    int first();
    int next();
    int put(std::string_view key, std::string_view value);
    int replace(std::string_view value);  // of what find() found
    int remove();                         // of where it stands; next() then gives what followed

    std::string_view key() const { return key_; }
    std::string_view value() const { return value_; }

private:
    int move(int operation);
    MDB_cursor* cursor_ = nullptr;
    std::string_view key_, value_;
};

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
    FileId id() const { return id_; }

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
    FileId id_;
};

}  // namespace dumbwaiter
