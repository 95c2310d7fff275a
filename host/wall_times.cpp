// SPDX-License-Identifier: BSD-3-Clause
#include "wall_times.hpp"

#include <chrono>
#include <limits>
#include <utility>

#include "clock.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
constexpr int64_t kMostCounted = 1000;

int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace

WallTimes WallTimes::multiples_of(int64_t frequency)
{
    WallTimes times;
    times.frequency_ = frequency;
    return times;
}

WallTimes::WallTimes(const Cron& cron, TimeZone zone) : cron_(cron), zone_(std::move(zone)) {}

int64_t WallTimes::after(int64_t wall) const
{
    if (frequency_ == 0) return cron_after(wall);
    const int64_t multiple = floor_div(wall, frequency_) + 1;
    return multiple > kNone / frequency_ ? kNone : multiple * frequency_;
}

int64_t WallTimes::cron_after(int64_t wall) const
{
    const int64_t second = floor_div(wall, kSecond);
    // What is named before this local time has its first instant before `wall`, as instants never go back.
    auto minute = cron_.first_from(zone_.local(second));
    while (minute) {
        const int64_t instant = zone_.first_instant(*minute);
        if (instant > kNone / kSecond) return kNone;
        if (instant > second) return instant * kSecond;
        // Named in the second pass of a repeated hour, or this very minute.
        minute = cron_.first_from(*minute + std::chrono::minutes(1));
    }
    return kNone;
}

int64_t WallTimes::last_until(int64_t wall, int64_t known) const
{
    if (frequency_ > 0) return floor_div(wall, frequency_) * frequency_;
    int64_t none_after = wall;  // up to `wall` there is none later than this
    int64_t last = known;
    while (after(last) <= wall) {
        const int64_t middle = last + (none_after - last) / 2;
        const int64_t found = after(middle);
        found <= none_after ? last = found : none_after = middle;
    }
    return last;
}

int64_t WallTimes::between(int64_t from, int64_t to) const
{
    if (frequency_ > 0) return (to - from) / frequency_;
    int64_t count = 0;
    for (int64_t due = from; due < to && count < kMostCounted; ++count) due = after(due);
    return count;
}

}  // namespace dumbwaiter
