// SPDX-License-Identifier: BSD-3-Clause
#include "lmdb_txn.hpp"

#include <lmdb.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

namespace dumbwaiter {

static_assert(kLmdbNotFound == MDB_NOTFOUND && kLmdbPageNotFound == MDB_PAGE_NOTFOUND &&
              kLmdbCorrupted == MDB_CORRUPTED);
static_assert(kLmdbPanic == MDB_PANIC && kLmdbVersionMismatch == MDB_VERSION_MISMATCH && kLmdbInvalid == MDB_INVALID);
static_assert(kLmdbMapFull == MDB_MAP_FULL && kLmdbReadersFull == MDB_READERS_FULL && kLmdbTxnFull == MDB_TXN_FULL);
static_assert(kLmdbMapResized == MDB_MAP_RESIZED && kLmdbIncompatible == MDB_INCOMPATIBLE);
static_assert(kLmdbBadValueSize == MDB_BAD_VALSIZE && std::is_same_v<Database, MDB_dbi>);

namespace {

MDB_val as_val(std::string_view bytes)
{
    return {bytes.size(), const_cast<char*>(bytes.data())};
}

std::string_view as_view(const MDB_val& value)
{
    return {static_cast<const char*>(value.mv_data), value.mv_size};
}

template <typename T>
T load(const char* at)
{
    T word;
    std::memcpy(&word, at, sizeof word);
    return std::endian::native == std::endian::little ? std::byteswap(word) : word;
}

// LMDB's own order, by bytes and then by length, in words: a search is made of comparisons, and for the short keys of a
// store a call of memcmp costs as much as all else in them.
int compare_keys(const MDB_val* a, const MDB_val* b)
{
    const auto *left = static_cast<const char*>(a->mv_data), *right = static_cast<const char*>(b->mv_data);
    size_t common = std::min(a->mv_size, b->mv_size);
    for (; common >= 8; left += 8, right += 8, common -= 8) {
        const auto x = load<uint64_t>(left), y = load<uint64_t>(right);
        if (x != y) return x < y ? -1 : 1;
    }
    if (common >= 4) {
        const auto x = load<uint32_t>(left), y = load<uint32_t>(right);
        if (x != y) return x < y ? -1 : 1;
        left += 4, right += 4, common -= 4;
    }
    for (; common > 0; left++, right++, common--) {
        if (*left != *right) return static_cast<unsigned char>(*left) < static_cast<unsigned char>(*right) ? -1 : 1;
    }
    return a->mv_size < b->mv_size ? -1 : a->mv_size > b->mv_size;
}

}  // namespace

LmdbTxn& LmdbTxn::operator=(LmdbTxn&& other) noexcept
{
    std::swap(txn_, other.txn_);
    return *this;
}

int LmdbTxn::commit()
{
    return mdb_txn_commit(std::exchange(txn_, nullptr));
}

void LmdbTxn::abort()
{
    if (txn_ != nullptr) mdb_txn_abort(std::exchange(txn_, nullptr));
}

void LmdbTxn::reset()
{
    mdb_txn_reset(txn_);
}

int LmdbTxn::renew()
{
    return mdb_txn_renew(txn_);
}

uint64_t LmdbTxn::id() const
{
    return mdb_txn_id(txn_);
}

int LmdbTxn::open_database(const char* name, bool create, Database& database)
{
    if (int code = mdb_dbi_open(txn_, name, create && name != nullptr ? MDB_CREATE : 0u, &database)) return code;
    return mdb_set_compare(txn_, database, compare_keys);
}

int LmdbTxn::get(Database database, std::string_view key, std::string_view& value) const
{
    MDB_val wanted = as_val(key), found{};
    int code = mdb_get(txn_, database, &wanted, &found);
    if (code == 0) value = as_view(found);
    return code;
}

int LmdbTxn::put(Database database, std::string_view key, std::string_view value)
{
    MDB_val where = as_val(key), what = as_val(value);
    return mdb_put(txn_, database, &where, &what, 0);
}

int LmdbTxn::remove(Database database, std::string_view key)
{
    MDB_val which = as_val(key);
    return mdb_del(txn_, database, &which, nullptr);
}

int LmdbTxn::count(Database database, uint64_t& entries) const
{
    MDB_stat stat{};
    int code = mdb_stat(txn_, database, &stat);
    entries = stat.ms_entries;
    return code;
}

LmdbCursor::~LmdbCursor()
{
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

int LmdbCursor::open(LmdbTxn& txn, Database database)
{
    return mdb_cursor_open(txn.txn_, database, &cursor_);
}

int LmdbCursor::move(int operation)
{
    MDB_val key = as_val(key_), value{};
    int code = mdb_cursor_get(cursor_, &key, &value, static_cast<MDB_cursor_op>(operation));
    if (code == 0) {
        key_ = as_view(key);
        value_ = as_view(value);
    }
    return code;
}

int LmdbCursor::seek(std::string_view key)
{
    key_ = key;
    return move(MDB_SET_RANGE);
}

int LmdbCursor::find(std::string_view key)
{
    key_ = key;
    return move(MDB_SET);
}

int LmdbCursor::first()
{
    return move(MDB_FIRST);
}

int LmdbCursor::next()
{
    return move(MDB_NEXT);
}

int LmdbCursor::put(std::string_view key, std::string_view value)
{
    MDB_val where = as_val(key), what = as_val(value);
    return mdb_cursor_put(cursor_, &where, &what, 0);
}

int LmdbCursor::replace(std::string_view value)
{
    MDB_val where = as_val(key_), what = as_val(value);
    return mdb_cursor_put(cursor_, &where, &what, MDB_CURRENT);
}

int LmdbCursor::remove()
{
    return mdb_cursor_del(cursor_, 0);
}

}  // namespace dumbwaiter
