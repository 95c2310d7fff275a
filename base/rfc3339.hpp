// SPDX-License-Identifier: BSD-3-Clause
//
// Times as text: RFC 3339, and nanoseconds since the Unix epoch in 64 bits (the years 1677 to 2262).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dumbwaiter {

// "2026-11-23T05:46:02.123456789Z": always UTC, always nine digits.
std::string rfc3339(int64_t unix_ns);

// Any offset is taken, digits past the ninth are cut off, a leap second (:60) counts as the second after it. nullopt if
// it is no RFC 3339 date-time or does not fit.
std::optional<int64_t> parse_rfc3339(std::string_view text);

// Seconds and nanoseconds (0 .. 999999999, counted forward also before 1970); nullopt if the sum does not fit.
std::optional<int64_t> unix_ns_of(int64_t seconds, uint32_t nanoseconds);

struct SplitTime {
    int64_t seconds;
    uint32_t nanoseconds;
};
SplitTime split_unix_ns(int64_t unix_ns);

}  // namespace dumbwaiter
