// SPDX-License-Identifier: BSD-3-Clause
//
// Due times that go by the wall clock: the multiples of a frequency, or what a cron line names in a time zone. Pure.
#pragma once

#include <cstdint>

#include "cron.hpp"
#include "time_zone.hpp"

namespace dumbwaiter {

// Unix nanoseconds. Thread-safe: it never changes.
class WallTimes {
public:
    // Since the Unix epoch in UTC.
    static WallTimes multiples_of(int64_t frequency);
    // A local time that clocks jump over counts at the moment of the jump; one that they pass twice counts the first
    // time only. So instants only ever grow, and each is there once.
    WallTimes(const Cron& cron, TimeZone zone);

    // First due time later than `wall`; the int64_t maximum where there is none within 48 years.
    int64_t after(int64_t wall) const;
    // The last due time that is not later than `wall`, given one such. Takes some forty steps, however many lie
    // between.
    int64_t last_until(int64_t wall, int64_t known) const;
    // Due times in (from, to], from and to being two of them; those of a cron line are counted up to 1000.
    int64_t between(int64_t from, int64_t to) const;

    bool operator==(const WallTimes&) const = default;

    int64_t frequency() const { return frequency_; }  // 0 of a cron line

private:
    WallTimes() = default;
    int64_t cron_after(int64_t wall) const;

    int64_t frequency_ = 0;
    Cron cron_;
    TimeZone zone_;
};

}  // namespace dumbwaiter
