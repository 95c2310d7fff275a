// SPDX-License-Identifier: BSD-3-Clause
//
// The walk through all databases of one snapshot. May crash on a damaged file: verify.cpp runs it in a child.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "databases.hpp"
#include "documents.hpp"
#include "key.hpp"
#include "lmdb_env.hpp"
#include "record.hpp"
#include "verify.hpp"

namespace dumbwaiter {

// Thread-compatible; one use.
class StoreWalk {
public:
    StoreWalk(LmdbTxn& txn, const Databases& databases) : txn_(txn), databases_(databases) {}
    VerifyReport run();

private:
    // One name's run of records in #history or #errors.
    struct Run {
        std::string name;
        uint64_t first = 0;  // its newest sequence
        uint64_t last = 0;   // the sequence seen last
        uint64_t length = 0;
    };

    void walk_newest();
    void walk_series(Database database, bool errors);
    void walk_documents(Database database, const char* title);
    void check_series_record(std::string_view key, std::string_view value, bool errors, Run& run);
    void begin_run(std::string_view name, uint64_t sequence, bool errors, Run& run);
    void end_run(const Run& run, bool errors);
    FunctionFacts facts_of(std::string_view name);
    std::optional<uint64_t> newest_sequence(std::string_view name);
    void find(std::string finding);
    void unreadable(const char* where, int code);

    LmdbTxn& txn_;
    const Databases& databases_;
    VerifyReport report_;
};

}  // namespace dumbwaiter
