// SPDX-License-Identifier: BSD-3-Clause
#include "visible_text.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

#include "utf8.hpp"

namespace dumbwaiter {
namespace {

struct Character {
    uint32_t code = 0;
    size_t length = 1;
};

// The one at the beginning, as far as it may have to be escaped: those of four bytes never are.
Character first_of(std::string_view text)
{
    const auto byte = [&](size_t at) { return static_cast<uint32_t>(static_cast<unsigned char>(text[at])); };
    if (byte(0) < 0x80) return {byte(0), 1};
    if (byte(0) < 0xe0) return {(byte(0) & 0x1f) << 6 | (byte(1) & 0x3f), 2};
    return {(byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f), byte(0) < 0xf0 ? size_t{3} : size_t{4}};
}

bool is_hidden(const Character& character)
{
    const uint32_t code = character.code;
    if (character.length == 4) return false;
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029;
}

std::string escaped(uint32_t code)
{
    switch (code) {
        case '\n': return "\\n";
        case '\r': return "\\r";
        case '\t': return "\\t";
        default: return fmt::format("\\u{:04x}", code);
    }
}

}  // namespace

std::string visible_text(std::string_view text)
{
    const std::string whole = repair_utf8(text);
    std::string visible;
    visible.reserve(whole.size());
    for (std::string_view left = whole; !left.empty();) {
        const Character character = first_of(left);
        if (is_hidden(character)) {
            visible += escaped(character.code);
        } else {
            visible += left.substr(0, character.length);
        }
        left.remove_prefix(character.length);
    }
    return visible;
}

}  // namespace dumbwaiter
