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

inline constexpr size_t kHistoryKeyTail = 9;  // 0x00 and the sequence
std::string history_key(std::string_view name, uint64_t sequence);
// The same in a string that is used again.
void set_history_key(std::string& key, std::string_view name, uint64_t sequence);
// Is a key of those databases one of this name?
inline bool is_history_key_of(std::string_view key, std::string_view name)
{
    return key.size() == name.size() + kHistoryKeyTail && key.starts_with(name) && key[name.size()] == '\0';
}

struct HistoryKey {
    std::string_view name;
    uint64_t sequence;
};
std::optional<HistoryKey> parse_history_key(std::string_view key);

}  // namespace dumbwaiter
