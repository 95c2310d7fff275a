// SPDX-License-Identifier: BSD-3-Clause
//
// Names, and keys of #history and #errors: to bytes and back.
#include "key.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kTailLength = 9;  // 0x00 and the sequence

bool is_name_character(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' ||
           c == ':' || c == '-';
}

}  // namespace

bool is_valid_name(std::string_view name)
{
    if (name.empty() || name.size() > kMaxNameLength) return false;
    for (unsigned char c : name) {
        if (!is_name_character(c)) return false;
    }
    return true;
}

std::string history_key(std::string_view name, uint64_t sequence)
{
    std::string key;
    key.reserve(name.size() + kTailLength);
    key.append(name);
    key.push_back('\0');
    uint64_t descending = ~sequence;
    for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(descending >> shift));
    return key;
}

std::optional<HistoryKey> parse_history_key(std::string_view key)
{
    if (key.size() <= kTailLength) return std::nullopt;
    std::string_view name = key.substr(0, key.size() - kTailLength);
    if (key[name.size()] != '\0' || !is_valid_name(name)) return std::nullopt;
    uint64_t descending = 0;
    for (unsigned char byte : key.substr(name.size() + 1)) descending = (descending << 8) | byte;
    return HistoryKey{name, ~descending};
}

}  // namespace dumbwaiter
