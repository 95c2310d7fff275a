// SPDX-License-Identifier: BSD-3-Clause
//
// The heartbeat: what the host says of itself in #host, for `status` and for any reader of the store.
#pragma once

#include <cstdint>
#include <string>

#include "dispatcher.hpp"
#include "executor.hpp"
#include "function_documents.hpp"
#include "ledger.hpp"
#include "roster.hpp"
#include "sink.hpp"
#include "store.hpp"

namespace dumbwaiter {

struct HostFacts {
    std::string_view state;  // running | stopping | stopped
    int64_t started = 0;     // Unix nanoseconds
    uint32_t workers = 0;
    std::string manifest;             // its full path
    std::string_view manifest_fault;  // why what it says now does not run; "" = it does
    const std::vector<std::string>& autoload_faults;
    const Roster& roster;
    const FunctionDocuments& documents;
    const Ledger& ledger;
    const Dispatcher& dispatcher;
    const Executor& executor;
    const Sink& sink;
    Store& store;
};

// The JSON of the document "host" (FORMAT.md).
std::string host_document(const HostFacts& facts);

}  // namespace dumbwaiter
