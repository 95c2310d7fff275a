// SPDX-License-Identifier: BSD-3-Clause
//
// Keys of the store: function names, and name + 0x00 + big-endian (2^64 - 1 - sequence), so that the newest comes
// first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dumbwaiter {

inline constexpr size_t kMaxNameLength = 200;

// [A-Za-z0-9_.:-]{1,200}
bool is_valid_name(std::string_view name);

std::string history_key(std::string_view name, uint64_t sequence);

struct HistoryKey {
    std::string_view name;
    uint64_t sequence;
};
std::optional<HistoryKey> parse_history_key(std::string_view key);

}  // namespace dumbwaiter
