// SPDX-License-Identifier: BSD-3-Clause
//
// A value as a flat tape: nodes in preorder and one arena for text. Arguments, results and decoded records are all
// Documents. Reading needs no allocation, and a cleared Document keeps its memory for the next invocation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dumbwaiter {

// Same numbers as DW_TYPE_* of plugin.h.
enum class Type : uint32_t {
    kNull = 0,
    kBool = 1,
    kI64 = 2,
    kU64 = 3,
    kF64 = 4,
    kStr = 5,
    kBytes = 6,
    kTime = 7,
    kArray = 8,
    kMap = 9,
};

// "null", "bool", "i64", ... as messages name a type.
std::string_view type_name(Type type);

inline bool is_text(Type type)
{
    return type == Type::kStr || type == Type::kBytes;
}
inline bool is_container(Type type)
{
    return type == Type::kArray || type == Type::kMap;
}

struct Node {
    Type type = Type::kNull;
    uint32_t end = 0;   // index just past this node's subtree
    uint64_t size = 0;  // str, bytes: length; array: elements; map: entries (each is a kStr node, then its value)
    union {
        int64_t i64 = 0;  // kBool (0 or 1), kI64, kTime (Unix nanoseconds)
        uint64_t u64;
        double f64;
        uint64_t offset;  // kStr, kBytes: where the text begins in the arena; it is NUL-terminated there
    };
};

// Thread-compatible. Views are valid until the next change.
struct Document {
    std::vector<Node> nodes;  // nodes[0] is the root; empty = no value
    std::string text;

    bool empty() const { return nodes.empty(); }
    void clear()
    {
        nodes.clear();
        text.clear();
    }
    std::string_view text_of(const Node& node) const { return {text.data() + node.offset, node.size}; }

    // Appending, without checks: for decoders and the builder. Containers: open, then the children, then close(at).
    uint32_t append(Type type);
    void append_i64(Type type, int64_t number);  // kBool, kI64, kTime
    void append_unsigned(uint64_t number);       // kI64 when it fits, else kU64
    void append_f64(double number);
    void append_text(Type type, std::string_view bytes);  // kStr, kBytes
    uint32_t open(Type type) { return append(type); }
    void close(uint32_t at, uint64_t size);
    void append_subtree(const Document& from, uint32_t node);  // `from` is another document
};

// The tape holds fewer nodes than a uint32_t can count; who appends sees to it, and to kMaxDepth.
inline constexpr size_t kMaxNodes = UINT32_MAX;

// Equal types, numbers (floats bit for bit), text and order.
bool same(const Document& a, const Document& b);
inline bool operator==(const Document& a, const Document& b)
{
    return same(a, b);
}

// How deep arrays and maps may nest, in results, arguments and stored payloads alike.
inline constexpr uint32_t kMaxDepth = 128;

}  // namespace dumbwaiter
