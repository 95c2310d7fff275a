// SPDX-License-Identifier: BSD-3-Clause
//
// The reference of the writer: the store's own schema by LMDB's own functions. Each batch is put in key order, as ours
// is; nothing is encoded, checked or woken.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "raw_lmdb.hpp"

namespace bench {

struct RawWrite {
    std::string_view name;
    uint64_t sequence;
};

class RawWriter {
public:
    static constexpr uint64_t kDepth = 10;

    RawWriter(const std::filesystem::path& folder, unsigned flags, size_t record_bytes)
        : env_(folder, flags), record_(record_bytes, 'x')
    {
        MDB_txn* txn = begin();
        check(mdb_dbi_open(txn, nullptr, 0, &newest_), "mdb_dbi_open");
        check(mdb_dbi_open(txn, "#history", MDB_CREATE, &history_), "mdb_dbi_open");
        check(mdb_txn_commit(txn), "mdb_txn_commit");
    }

    void commit(std::vector<RawWrite> batch)
    {
        std::ranges::sort(batch, {}, &RawWrite::name);
        MDB_txn* txn = begin();
        MDB_cursor* cursor = nullptr;
        check(mdb_cursor_open(txn, newest_, &cursor), "mdb_cursor_open");
        for (const RawWrite& write : batch) put_newest(cursor, write);
        mdb_cursor_close(cursor);
        check(mdb_cursor_open(txn, history_, &cursor), "mdb_cursor_open");
        for (const RawWrite& write : batch) put_history(cursor, write);
        mdb_cursor_close(cursor);
        check(mdb_txn_commit(txn), "mdb_txn_commit");
    }

private:
    MDB_txn* begin()
    {
        MDB_txn* txn = nullptr;
        check(mdb_txn_begin(env_.get(), nullptr, 0, &txn), "mdb_txn_begin");
        return txn;
    }

    void put_newest(MDB_cursor* cursor, const RawWrite& write)
    {
        MDB_val key = as_val(write.name), before{}, value = as_val(record_);
        const bool is_there = mdb_cursor_get(cursor, &key, &before, MDB_SET) == 0;
        if (is_there) older_.assign(static_cast<const char*>(before.mv_data), before.mv_size);
        check(mdb_cursor_put(cursor, &key, &value, is_there ? MDB_CURRENT : 0), "mdb_cursor_put");
    }

    void put_history(MDB_cursor* cursor, const RawWrite& write)
    {
        if (write.sequence == 1) return;
        MDB_val key = history_key(write.name, write.sequence - 1), value = as_val(older_);
        check(mdb_cursor_put(cursor, &key, &value, 0), "mdb_cursor_put");
        if (write.sequence <= kDepth) return;
        key = history_key(write.name, write.sequence - kDepth);
        check(mdb_cursor_get(cursor, &key, &value, MDB_SET), "mdb_cursor_get");
        check(mdb_cursor_del(cursor, 0), "mdb_cursor_del");
    }

    MDB_val history_key(std::string_view name, uint64_t sequence)
    {
        char* at = std::copy(name.begin(), name.end(), key_.data());
        *at++ = '\0';
        for (int shift = 56; shift >= 0; shift -= 8) *at++ = static_cast<char>(~sequence >> shift);
        return {static_cast<size_t>(at - key_.data()), key_.data()};
    }

    RawEnvironment env_;
    MDB_dbi newest_ = 0, history_ = 0;
    const std::string record_;
    std::string older_;
    std::array<char, 256> key_{};
};

}  // namespace bench
