// SPDX-License-Identifier: BSD-3-Clause
//
// Encode, decode, and see what came back.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "codec.hpp"

namespace dumbwaiter {

// The serializers that hold trees.
inline constexpr Serializer kTrees[] = {Serializer::kJson, Serializer::kMsgpack, Serializer::kCbor};

// What comes back after encoding and decoding; empty when one of them failed.
inline Document round_trip(Serializer serializer, const Document& value)
{
    std::string payload = "before";
    if (!encode(serializer, value, payload)) return {};
    REQUIRE(payload.starts_with("before"));
    auto decoded = decode(serializer, std::string_view(payload).substr(6));
    return decoded ? *decoded : Document{};
}

}  // namespace dumbwaiter
