// SPDX-License-Identifier: BSD-3-Clause
//
// One pair of functions a format, behind codec.hpp. Encoders get values that were found to fit; decoders never throw.
#pragma once

#include <string>
#include <string_view>

#include "document.hpp"
#include "status.hpp"

namespace dumbwaiter {

void encode_json(const Document& value, std::string& out);
void encode_msgpack(const Document& value, std::string& out);
void encode_cbor(const Document& value, std::string& out);

Expected<Document> decode_json(std::string_view bytes);
Expected<Document> decode_msgpack(std::string_view bytes);
Expected<Document> decode_cbor(std::string_view bytes);

}  // namespace dumbwaiter
