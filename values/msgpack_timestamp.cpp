// SPDX-License-Identifier: BSD-3-Clause
//
// Layouts: 32 = u32 seconds; 64 = 30 bits of nanoseconds, 34 of seconds; 96 = u32 nanoseconds, i64 seconds; big-endian.
#include "msgpack_timestamp.hpp"

#include "rfc3339.hpp"

namespace dumbwaiter {
namespace {

constexpr int kSecondsBits = 34;
constexpr uint64_t kSecondsMask = (uint64_t{1} << kSecondsBits) - 1;

uint64_t big_endian(std::span<const uint8_t> bytes)
{
    uint64_t number = 0;
    for (const uint8_t byte : bytes) number = number << 8 | byte;
    return number;
}

void append_big_endian(std::vector<uint8_t>& bytes, uint64_t number, size_t count)
{
    for (size_t i = count; i-- > 0;) bytes.push_back(static_cast<uint8_t>(number >> (8 * i)));
}

}  // namespace

std::vector<uint8_t> msgpack_timestamp(int64_t unix_ns)
{
    const SplitTime time = split_unix_ns(unix_ns);
    const auto seconds = static_cast<uint64_t>(time.seconds);
    std::vector<uint8_t> bytes;
    if (seconds <= kSecondsMask) {
        append_big_endian(bytes, uint64_t{time.nanoseconds} << kSecondsBits | seconds, 8);
    } else {
        append_big_endian(bytes, time.nanoseconds, 4);
        append_big_endian(bytes, seconds, 8);
    }
    return bytes;
}

std::optional<int64_t> parse_msgpack_timestamp(std::span<const uint8_t> bytes)
{
    uint64_t seconds = 0, nanoseconds = 0;
    switch (bytes.size()) {
        case 4: seconds = big_endian(bytes); break;
        case 8:
            nanoseconds = big_endian(bytes) >> kSecondsBits;
            seconds = big_endian(bytes) & kSecondsMask;
            break;
        case 12:
            nanoseconds = big_endian(bytes.first(4));
            seconds = big_endian(bytes.last(8));
            break;
        default: return std::nullopt;
    }
    if (nanoseconds > 999'999'999) return std::nullopt;
    return unix_ns_of(static_cast<int64_t>(seconds), static_cast<uint32_t>(nanoseconds));
}

}  // namespace dumbwaiter
