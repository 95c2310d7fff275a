// SPDX-License-Identifier: BSD-3-Clause
//
// A look at every record of a store: check sums, order, bounds. Safe on damaged files, as it is done in a child
// process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "status.hpp"

namespace dumbwaiter {

inline constexpr size_t kMaxFindings = 100;

struct VerifyReport {
    uint64_t names = 0;                 // with a newest value
    uint64_t values = 0;                // records of values, the newest included
    uint64_t errors = 0;                // error reports
    uint64_t found = 0;                 // how many faults; `findings` holds the first kMaxFindings of them
    bool readable = true;               // false: LMDB itself gave up or crashed, so not everything was looked at
    std::vector<std::string> findings;  // one sentence each
};

// Opens read-only, beside a running host too. An error means that nothing could be looked at (kNoStore, kDenied,
// kIncompatible, kIo); damage is a finding. limit_seconds 0 = as long as it takes.
Expected<VerifyReport> verify_store(const std::filesystem::path& folder, unsigned limit_seconds = 0);

// Only what opening takes, in a child too. kDamaged, kIncompatible (none of ours), or as above.
struct StoreProbe {
    bool is_empty = false;  // an environment in which nothing was ever stored
    std::string info_json;  // #info, key "store"
};
Expected<StoreProbe> probe_store(const std::filesystem::path& folder);

}  // namespace dumbwaiter
