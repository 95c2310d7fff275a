// SPDX-License-Identifier: BSD-3-Clause
//
// What a store tells of each function: the rows of `dumbwaiter list`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store_reader.hpp"

namespace dumbwaiter {

struct LastError {
    uint64_t sequence;
    std::string outcome, text;
    int64_t finished;
};

struct FunctionOverview {
    std::string name;
    std::string state = "none";        // fresh | stale | none | damaged, where the newest value's check fails
    std::optional<uint64_t> sequence;  // of the newest value
    std::optional<double> age;         // seconds
    std::optional<double> lateness;    // of its last invocation that left a record, seconds after it was due
    std::optional<LastError> last_error;
    std::optional<int64_t> next_due;  // Unix nanoseconds; only while a host is there to keep it

    // What the manifest said; nothing for a name that only has values left.
    std::optional<std::string> function, serializer;
    std::optional<double> frequency;  // seconds
    std::optional<std::string> cron, timezone;
    std::vector<std::string> after;  // functions whose new values make it due
    std::optional<int64_t> max_saved;
    int64_t skipped = 0, failures_in_row = 0;  // as the host counted them since its start
    bool stuck = false;                        // runs now, for long or past its timeout
    bool enabled = true, paused = false, quarantined = false, off = false, in_manifest = true;
};

// Functions of the manifest that the host took over last, and names that only have values left; in byte order.
std::vector<FunctionOverview> overview(const StoreReader& store);

}  // namespace dumbwaiter
