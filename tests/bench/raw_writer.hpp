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
        for (const RawWrite& write : batch) put_newest(txn, write);
        for (const RawWrite& write : batch) put_history(txn, write);
        check(mdb_txn_commit(txn), "mdb_txn_commit");
    }

private:
    MDB_txn* begin()
    {
        MDB_txn* txn = nullptr;
        check(mdb_txn_begin(env_.get(), nullptr, 0, &txn), "mdb_txn_begin");
        return txn;
    }

    void put_newest(MDB_txn* txn, const RawWrite& write)
    {
        MDB_val key = as_val(write.name), before{}, value = as_val(record_);
        if (mdb_get(txn, newest_, &key, &before) == 0) {
            older_.assign(static_cast<const char*>(before.mv_data), before.mv_size);
        }
        check(mdb_put(txn, newest_, &key, &value, 0), "mdb_put");
    }

    void put_history(MDB_txn* txn, const RawWrite& write)
    {
        if (write.sequence == 1) return;
        MDB_val key = history_key(write.name, write.sequence - 1), value = as_val(older_);
        check(mdb_put(txn, history_, &key, &value, 0), "mdb_put");
        if (write.sequence <= kDepth) return;
        key = history_key(write.name, write.sequence - kDepth);
        check(mdb_del(txn, history_, &key, nullptr), "mdb_del");
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
