// SPDX-License-Identifier: BSD-3-Clause
//
// The decoder behind utf8.hpp: one character at a time, with a quick walk over plain ASCII.
#include "utf8.hpp"

#include <cstdint>
#include <cstring>

namespace dumbwaiter {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct Step {
    size_t length;  // of the character, or of the malformed part; at least 1
    bool good;
};

struct Lead {
    size_t following;
    uint8_t low, high;  // bounds of the second byte: they rule out overlong forms, surrogates and what is too large
};

Lead lead_of(uint8_t byte)
{
    if (byte < 0xc2 || byte > 0xf4) return {0, 0, 0};
    if (byte < 0xe0) return {1, 0x80, 0xbf};
    if (byte == 0xe0) return {2, 0xa0, 0xbf};
    if (byte == 0xed) return {2, 0x80, 0x9f};
    if (byte < 0xf0) return {2, 0x80, 0xbf};
    if (byte == 0xf0) return {3, 0x90, 0xbf};
    if (byte == 0xf4) return {3, 0x80, 0x8f};
    return {3, 0x80, 0xbf};
}

Step step_at(std::string_view bytes, size_t at)
{
    const auto first = static_cast<uint8_t>(bytes[at]);
    if (first < 0x80) return {1, true};
    Lead lead = lead_of(first);
    if (lead.following == 0) return {1, false};
    for (size_t i = 1; i <= lead.following; ++i) {
        if (at + i >= bytes.size()) return {i, false};
        const auto byte = static_cast<uint8_t>(bytes[at + i]);
        if (byte < lead.low || byte > lead.high) return {i, false};
        lead.low = 0x80;
        lead.high = 0xbf;
    }
    return {lead.following + 1, true};
}

size_t skip_ascii(std::string_view bytes, size_t at)
{
    uint64_t eight;
    while (at + sizeof eight <= bytes.size()) {
        std::memcpy(&eight, bytes.data() + at, sizeof eight);
        if (eight & 0x8080808080808080u) break;
        at += sizeof eight;
    }
    return at;
}

}  // namespace

size_t utf8_fault(std::string_view bytes)
{
    for (size_t at = skip_ascii(bytes, 0); at < bytes.size();) {
        const Step step = step_at(bytes, at);
        if (!step.good) return at;
        at += step.length;
        if (step.length == 1) at = skip_ascii(bytes, at);
    }
    return std::string_view::npos;
}

std::string repair_utf8(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size());
    for (size_t at = 0; at < bytes.size();) {
        const Step step = step_at(bytes, at);
        text += step.good ? bytes.substr(at, step.length) : kReplacement;
        at += step.length;
    }
    return text;
}

std::string_view utf8_prefix(std::string_view text, size_t max)
{
    if (text.size() <= max) return text;
    // A character has at most three following bytes; more of them in a row are no UTF-8, and may be cut anywhere.
    size_t cut = max;
    for (int back = 0; back < 3 && cut > 0 && (static_cast<uint8_t>(text[cut]) & 0xc0) == 0x80; ++back) --cut;
    return text.substr(0, cut);
}

std::string clean_utf8(std::string_view bytes, size_t max)
{
    std::string text = repair_utf8(utf8_prefix(bytes, max));
    text.resize(utf8_prefix(text, max).size());  // a malformed byte has become three
    return text;
}

}  // namespace dumbwaiter
