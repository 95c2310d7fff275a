// SPDX-License-Identifier: BSD-3-Clause
//
// Values to bytes and back: the built-in serializers, and the JSON that people read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "document.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Numbers as stored in records (FORMAT.md); 128..254 are plugins.
enum class Serializer : uint8_t { kRaw = 0, kJson = 1, kMsgpack = 2, kCbor = 3 };

std::optional<Serializer> serializer_by_name(std::string_view name);
std::string_view serializer_name(Serializer serializer);

// Appends to `out`. kInvalidArgument when this serializer cannot hold the value; the message names the place in the
// value ("[2].ratio") and the serializers that can. json: NaN, infinity and bytes are refused, a time becomes an RFC
// 3339 string, floats always have a point or an exponent. raw: one str or bytes.
Status encode(Serializer serializer, const Document& value, std::string& out);

// kDamaged on malformed bytes; never throws, depth bounded by kMaxDepth. raw: str if it is UTF-8, else bytes.
// Integers up to the i64 maximum come back as kI64, above as kU64; map order is kept; a time comes back as kTime from
// msgpack (timestamp extension -1) and cbor (tags 0 and 1). Text is checked to be UTF-8, keys to be text; a key that
// stands twice stays twice.
Expected<Document> decode(Serializer serializer, std::string_view bytes);

// JSON for people and scripts, for any value: bytes (and text that is not UTF-8) as {"base64": "..."}, a float that
// JSON cannot hold as {"f64": "nan" | "inf" | "-inf"}, a time as an RFC 3339 string. Never fails.
std::string to_json(const Document& value, uint32_t node = 0);

// A quoted, escaped JSON string of this text; bytes that are not UTF-8 become U+FFFD.
std::string json_quote(std::string_view text);

}  // namespace dumbwaiter
