// SPDX-License-Identifier: BSD-3-Clause
#include "due_times.hpp"

#include <cstdlib>

#include "clock.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kClockWasSet = 100'000'000;

std::optional<WallTimes> cron_times(const std::string& line, const std::string& zone_name)
{
    const auto cron = Cron::parse(line);
    const auto zone = TimeZone::find(zone_name);
    if (!cron || !zone) return std::nullopt;
    return WallTimes(*cron, *zone);
}

}  // namespace

// What lies between is the host's to say, as two looks never agree to the nanosecond; but once somebody has set the
// clock, what a host said before is wrong.
int64_t boot_offset(const Field& host)
{
    const int64_t here = wall_ns() - boot_ns();
    const int64_t hosts = host["boot_offset_ns"].integer().value_or(here);
    return std::abs(here - hosts) < kClockWasSet ? hosts : here;
}

std::optional<DueTimes> DueTimes::of(const Field& function, int64_t boot_offset)
{
    DueTimes times;
    times.boot_offset_ = boot_offset;
    if (const auto line = function["cron"].text()) {
        times.wall_ = cron_times(*line, function["timezone"].text().value_or("UTC"));
        return times.wall_ ? std::optional(times) : std::nullopt;
    }
    const int64_t frequency = function["frequency_ns"].integer().value_or(0);
    if (frequency <= 0) return std::nullopt;
    if (function["align"].truth().value_or(false)) {
        times.wall_ = WallTimes::multiples_of(frequency);
        return times;
    }
    const int64_t phase = function["phase_ns"].integer().value_or(-1);
    if (phase < 0) return std::nullopt;
    times.grid_ = {frequency, phase};
    return times;
}

int64_t DueTimes::after(int64_t wall) const
{
    return wall_ ? wall_->after(wall) : grid_.after(wall - boot_offset_) + boot_offset_;
}

}  // namespace dumbwaiter
