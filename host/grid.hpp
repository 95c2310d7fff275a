// SPDX-License-Identifier: BSD-3-Clause
//
// Due times of an interval: phase + k * frequency on CLOCK_BOOTTIME, for ever. Pure.
#pragma once

#include <cstdint>

namespace dumbwaiter {

// Nanoseconds on CLOCK_BOOTTIME.
struct Grid {
    int64_t frequency = 1;  // > 0
    int64_t phase = 0;      // 0 <= phase < frequency

    // First due time later than `now`.
    int64_t after(int64_t now) const
    {
        if (now < phase) return phase;
        return phase + ((now - phase) / frequency + 1) * frequency;
    }

    // Due times in (from, to].
    int64_t between(int64_t from, int64_t to) const { return to <= from ? 0 : (after(to) - after(from)) / frequency; }
};

}  // namespace dumbwaiter
