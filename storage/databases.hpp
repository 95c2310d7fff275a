// SPDX-License-Identifier: BSD-3-Clause
//
// Handles of the store's databases: the unnamed one with the newest values, and the store's own.
#pragma once

#include <optional>
#include <string_view>

#include "lmdb_txn.hpp"

namespace dumbwaiter {

struct Databases {
    // LMDB refuses it; 0 would be its own list of free pages.
    static constexpr Database kNotOpen = 0xffff;
    Database newest = kNotOpen, history = kNotOpen, errors = kNotOpen, functions = kNotOpen, host = kNotOpen,
             info = kNotOpen, serializers = kNotOpen;

    // kLmdbNotFound if one is missing and `create` is false. The handles hold once the transaction was committed.
    int open(LmdbTxn& txn, bool create);
    // Only `newest` and `info`: each one that is open costs every transaction a little.
    int open_first(LmdbTxn& txn);

    // That of a database of JSON documents, "#functions", "#host", "#info" or "#serializers"; nullopt for any other.
    std::optional<Database> documents(std::string_view name) const;
};

// The database and the key of the document that makes an environment a store.
inline constexpr const char* kInfoDatabase = "#info";
inline constexpr std::string_view kInfoKey = "store";
// The key of the host's document in #host.
inline constexpr std::string_view kHostKey = "host";

// Keys of the unnamed database that are databases, not names.
inline bool is_reserved_key(std::string_view key)
{
    return key.empty() || key.front() == '#';
}

}  // namespace dumbwaiter
