// SPDX-License-Identifier: BSD-3-Clause
//
// The bytes of MessagePack's timestamp extension (type -1).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dumbwaiter {

// Eight bytes (timestamp 64) where the seconds fit into 34 bits, else twelve (timestamp 96).
std::vector<uint8_t> msgpack_timestamp(int64_t unix_ns);

// Of four, eight or twelve bytes; nullopt if it is none of these, or does not fit into 64 bits of nanoseconds.
std::optional<int64_t> parse_msgpack_timestamp(std::span<const uint8_t> bytes);

}  // namespace dumbwaiter
