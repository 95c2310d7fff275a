// SPDX-License-Identifier: BSD-3-Clause
//
// LMDB's transaction and cursor as owners. Calls give LMDB's own code (kLmdbOk, one of LmdbCode, or an errno), because
// callers act on it. Besides lmdb_txn.cpp and lmdb_env.cpp no file includes lmdb.h.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

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

using Database = unsigned int;

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

}  // namespace dumbwaiter
