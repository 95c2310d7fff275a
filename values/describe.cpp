// SPDX-License-Identifier: BSD-3-Clause
//
// Text for messages; nothing here is on the way of a call that goes well.
#include "describe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codec.hpp"
#include "rfc3339.hpp"
#include "utf8.hpp"

namespace dumbwaiter {
namespace {

constexpr size_t kShort = 40;

bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

}  // namespace

std::string key_step(std::string_view key)
{
    if (!key.empty() && key.size() <= kShort && std::all_of(key.begin(), key.end(), is_plain)) {
        return fmt::format(".{}", key);
    }
    return fmt::format("[{}]", quote_short(key));
}

std::string with_article(Type type)
{
    switch (type) {
        case Type::kNull:
        case Type::kBytes: return std::string(type_name(type));
        case Type::kI64:
        case Type::kF64:
        case Type::kArray: return fmt::format("an {}", type_name(type));
        default: return fmt::format("a {}", type_name(type));
    }
}

std::string quote_short(std::string_view text)
{
    if (text.size() <= kShort) return json_quote(text);
    std::string cut(utf8_prefix(text, kShort - 3));
    return json_quote(cut += "...");
}

std::string place_in(const Document& document, uint32_t node)
{
    const auto& nodes = document.nodes;
    std::string place;
    for (uint32_t at = 0; at != node && is_container(nodes[at].type);) {
        const bool is_map = nodes[at].type == Type::kMap;
        uint64_t index = 0;
        uint32_t child = at + 1;
        uint32_t value = is_map ? child + 1 : child;
        for (; node >= nodes[value].end; ++index) {
            child = nodes[value].end;
            value = is_map ? child + 1 : child;
        }
        place += is_map ? key_step(document.text_of(nodes[child])) : fmt::format("[{}]", index);
        if (node == child && is_map) break;  // the key itself: named like its entry
        at = value;
    }
    return place;
}

std::string describe(const Document& document, uint32_t node)
{
    const Node& it = document.nodes[node];
    const std::string type = with_article(it.type);
    switch (it.type) {
        case Type::kBool: return fmt::format("{} ({})", type, it.i64 != 0);
        case Type::kI64: return fmt::format("{} ({})", type, it.i64);
        case Type::kU64: return fmt::format("{} ({})", type, it.u64);
        case Type::kF64: return fmt::format("{} ({})", type, it.f64);
        case Type::kTime: return fmt::format("{} ({})", type, rfc3339(it.i64));
        case Type::kStr: return fmt::format("{} ({})", type, quote_short(document.text_of(it)));
        case Type::kBytes: return fmt::format("{} ({} long)", type, it.size);
        case Type::kArray:
        case Type::kMap: return fmt::format("{} of {}", type, it.size);
        default: return type;
    }
}

}  // namespace dumbwaiter
