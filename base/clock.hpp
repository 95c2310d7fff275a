// SPDX-License-Identifier: BSD-3-Clause
//
// The three clocks, in nanoseconds. Due times live on CLOCK_BOOTTIME, which no clock step moves and which counts
// suspend; wall time is for stamps only; plugins see deadlines on CLOCK_MONOTONIC.
#pragma once

#include <ctime>

#include <cstdint>

namespace dumbwaiter {

inline int64_t clock_ns(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline int64_t boot_ns()
{
    return clock_ns(CLOCK_BOOTTIME);
}
inline int64_t wall_ns()
{
    return clock_ns(CLOCK_REALTIME);
}
// Late by as much as a tick of the kernel, and four times cheaper.
inline int64_t coarse_wall_ns()
{
    return clock_ns(CLOCK_REALTIME_COARSE);
}
inline int64_t monotonic_ns()
{
    return clock_ns(CLOCK_MONOTONIC);
}

inline timespec timespec_of(uint64_t ns)
{
    return {.tv_sec = static_cast<time_t>(ns / 1'000'000'000), .tv_nsec = static_cast<long>(ns % 1'000'000'000)};
}

inline constexpr int64_t kSecond = 1'000'000'000;
inline constexpr int64_t kMillisecond = 1'000'000;

}  // namespace dumbwaiter
