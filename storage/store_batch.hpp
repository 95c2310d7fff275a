// SPDX-License-Identifier: BSD-3-Clause
//
// One batch of appends inside one write transaction. Knows LMDB's transaction, neither locks nor files.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "databases.hpp"
#include "store.hpp"

namespace dumbwaiter {

// kInvalidArgument says which append cannot be.
Status check_appends(std::span<const Append> appends);

// Thread-compatible; reused from batch to batch, so that its memory is kept. Codes are LMDB's; after any but kLmdbOk
// the transaction must be aborted.
class StoreBatch {
public:
    explicit StoreBatch(const Databases& databases) : databases_(databases) {}

    // Groups by name, in key order, so that LMDB meets neighbours; the order within a name is kept.
    int apply(LmdbTxn& txn, std::span<const Append> appends);

    uint64_t damaged() const { return damaged_; }  // newest records that were replaced because they do not decode

    uint64_t bytes() const { return bytes_; }  // of the newest records that were read and written

private:
    struct Entry {
        std::string_view name;
        uint64_t sequence;
        size_t begin, length;  // of its record, in older_
    };
    struct Trim {
        std::string_view name;
        uint64_t newest = 0, depth = 1;
    };

    void sort(std::span<const Append> appends);
    void group();
    int put_newest(LmdbTxn& txn);
    int apply_values(LmdbCursor& cursor, std::span<const uint32_t> group);
    void take_value(const Append& append);
    void take_refresh(const Append& append);
    int put_history(LmdbTxn& txn);
    int put_errors(LmdbTxn& txn);
    int apply_errors(LmdbCursor& cursor, std::span<const uint32_t> group);
    int trim(LmdbCursor& cursor, const Trim& trim);

    const Databases& databases_;
    std::span<const Append> appends_;
    std::vector<uint32_t> order_;                               // indices of appends_, sorted by name
    std::vector<std::pair<std::string_view, uint32_t>> named_;  // the same while they are sorted
    std::vector<std::span<const uint32_t>> groups_;
    std::vector<Entry> history_;  // what leaves the unnamed database
    std::string older_, key_;
    std::vector<Trim> trims_;  // of #history
    // The name being worked on.
    std::string newest_;     // bytes of its newest record; empty = none
    uint64_t sequence_ = 0;  // of newest_; 0 = none, or damaged
    bool changed_ = false;
    uint64_t damaged_ = 0, bytes_ = 0;
};

}  // namespace dumbwaiter
