// SPDX-License-Identifier: BSD-3-Clause
//
// Values to CBOR (RFC 8949): the tape is in the order of the encoding, so one pass over it writes everything.
#include <cbor.h>

#include "codec_formats.hpp"
#include "rfc3339.hpp"

namespace dumbwaiter {
namespace {

constexpr uint64_t kTimeTag = 0;

// Appends the head that `encode` (one of libcbor's) writes for these arguments.
template <typename Encode, typename... Arguments>
void head(std::string& out, Encode encode, Arguments... arguments)
{
    unsigned char bytes[9];
    const size_t length = encode(arguments..., bytes, sizeof bytes);
    out.append(reinterpret_cast<const char*>(bytes), length);
}

void append_str(std::string& out, std::string_view text)
{
    head(out, cbor_encode_string_start, text.size());
    out += text;
}

void append_bytes(std::string& out, std::string_view bytes)
{
    head(out, cbor_encode_bytestring_start, bytes.size());
    out += bytes;
}

void append_integer(std::string& out, int64_t number)
{
    // CBOR stores -1 - n for a negative n, which is n with its bits turned over.
    if (number < 0) {
        head(out, cbor_encode_negint, ~static_cast<uint64_t>(number));
    } else {
        head(out, cbor_encode_uint, static_cast<uint64_t>(number));
    }
}

void append_node(std::string& out, const Document& value, const Node& node)
{
    switch (node.type) {
        case Type::kNull: return head(out, cbor_encode_null);
        case Type::kBool: return head(out, cbor_encode_bool, node.i64 != 0);
        case Type::kI64: return append_integer(out, node.i64);
        case Type::kU64: return head(out, cbor_encode_uint, node.u64);
        case Type::kF64: return head(out, cbor_encode_double, node.f64);
        case Type::kStr: return append_str(out, value.text_of(node));
        case Type::kBytes: return append_bytes(out, value.text_of(node));
        case Type::kTime: head(out, cbor_encode_tag, kTimeTag); return append_str(out, rfc3339(node.i64));
        case Type::kArray: return head(out, cbor_encode_array_start, node.size);
        case Type::kMap: return head(out, cbor_encode_map_start, node.size);
    }
}

}  // namespace

void encode_cbor(const Document& value, std::string& out)
{
    for (const Node& node : value.nodes) append_node(out, value, node);
}

}  // namespace dumbwaiter
