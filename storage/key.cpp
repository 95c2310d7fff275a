// SPDX-License-Identifier: BSD-3-Clause
//
// Names, and keys of #history and #errors: to bytes and back.
#include "key.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace dumbwaiter {

namespace {

constexpr std::array<bool, 256> name_characters()
{
    std::array<bool, 256> is_one{};
    for (const char c : "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.:-") {
        is_one[static_cast<unsigned char>(c)] = c != '\0';
    }
    return is_one;
}
constexpr auto kIsNameCharacter = name_characters();

}  // namespace

bool is_valid_name(std::string_view name)
{
    if (name.empty() || name.size() > kMaxNameLength) return false;
    for (unsigned char c : name) {
        if (!kIsNameCharacter[c]) return false;
    }
    return true;
}

void set_history_key(std::string& key, std::string_view name, uint64_t sequence)
{
    key.assign(name);
    key.resize(name.size() + kHistoryKeyTail);
    uint64_t descending = ~sequence;
    if constexpr (std::endian::native == std::endian::little) descending = std::byteswap(descending);
    std::memcpy(key.data() + name.size() + 1, &descending, sizeof descending);
}

std::string history_key(std::string_view name, uint64_t sequence)
{
    std::string key;
    key.reserve(name.size() + kHistoryKeyTail);
    set_history_key(key, name, sequence);
    return key;
}

std::optional<HistoryKey> parse_history_key(std::string_view key)
{
    if (key.size() <= kHistoryKeyTail) return std::nullopt;
    std::string_view name = key.substr(0, key.size() - kHistoryKeyTail);
    if (key[name.size()] != '\0' || !is_valid_name(name)) return std::nullopt;
    uint64_t descending = 0;
    for (unsigned char byte : key.substr(name.size() + 1)) descending = (descending << 8) | byte;
    return HistoryKey{name, ~descending};
}

}  // namespace dumbwaiter
