// SPDX-License-Identifier: BSD-3-Clause
//
// A line of five cron fields: which minutes of a local calendar it names. Pure; zones are time_zone's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "status.hpp"

namespace dumbwaiter {

using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

// Thread-safe: it never changes.
class Cron {
public:
    // "minute hour day-of-month month day-of-week" with names, ranges, steps and lists, or @hourly and its like. A
    // fault tells its place: "at character 3: ...". A line that names no day of any year is one.
    static Expected<Cron> parse(std::string_view text);

    // The first minute it names that is not before `from`.
    std::optional<LocalMinute> first_from(LocalMinute from) const;

    bool operator==(const Cron&) const = default;

private:
    bool names(std::chrono::local_days day) const;
    std::optional<int> minute_from(int minute_of_day) const;
    bool ever() const;

    // One bit a value.
    uint64_t minutes_ = 0;
    uint32_t hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
    bool either_day_ = false;  // day of month and of week are both restricted: one of them is enough
};

}  // namespace dumbwaiter
