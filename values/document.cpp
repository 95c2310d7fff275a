// SPDX-License-Identifier: BSD-3-Clause
//
// Appending to the tape, and comparing two of them.
#include "document.hpp"

#include <iterator>
#include <limits>

namespace dumbwaiter {

std::string_view type_name(Type type)
{
    static constexpr std::string_view kNames[] = {"null", "bool",  "i64",  "u64",   "f64",
                                                  "str",  "bytes", "time", "array", "map"};
    const auto index = static_cast<uint32_t>(type);
    return index < std::size(kNames) ? kNames[index] : "unknown";
}

uint32_t Document::append(Type type)
{
    const auto at = static_cast<uint32_t>(nodes.size());
    Node& node = nodes.emplace_back();
    node.type = type;
    node.end = at + 1;
    return at;
}

void Document::append_i64(Type type, int64_t number)
{
    nodes[append(type)].i64 = number;
}

void Document::append_unsigned(uint64_t number)
{
    constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    nodes[append(number > kMax ? Type::kU64 : Type::kI64)].u64 = number;
}

void Document::append_f64(double number)
{
    nodes[append(Type::kF64)].f64 = number;
}

void Document::append_text(Type type, std::string_view bytes)
{
    Node& node = nodes[append(type)];
    node.size = bytes.size();
    node.offset = text.size();
    text.append(bytes);
    text.push_back('\0');
}

void Document::close(uint32_t at, uint64_t size)
{
    nodes[at].size = size;
    nodes[at].end = static_cast<uint32_t>(nodes.size());
}

void Document::append_subtree(const Document& from, uint32_t node)
{
    const auto begin = static_cast<uint32_t>(nodes.size());
    const uint32_t end = from.nodes[node].end;
    for (uint32_t i = node; i < end; ++i) {
        const Node& source = from.nodes[i];
        if (is_text(source.type)) {
            append_text(source.type, from.text_of(source));
            continue;
        }
        Node& copy = nodes.emplace_back(source);
        copy.end = begin + (source.end - node);
    }
}

bool same(const Document& a, const Document& b)
{
    if (a.nodes.size() != b.nodes.size()) return false;
    for (size_t i = 0; i < a.nodes.size(); ++i) {
        const Node& x = a.nodes[i];
        const Node& y = b.nodes[i];
        if (x.type != y.type || x.end != y.end || x.size != y.size) return false;
        if (is_text(x.type) ? a.text_of(x) != b.text_of(y) : x.u64 != y.u64) return false;
    }
    return true;
}

}  // namespace dumbwaiter
