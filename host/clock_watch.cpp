// SPDX-License-Identifier: BSD-3-Clause
#include "clock_watch.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>

#include "clock.hpp"

namespace dumbwaiter {

namespace {
constexpr time_t kFarOff = 9'000'000'000;  // in the year 2255; the timer is for its cancellation only
constexpr int kLooks = 5;                  // the thread may be put aside between two clocks
}  // namespace

ClockWatch::ClockWatch() : timer_(timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK))
{
    if (!timer_.is_open()) throw std::system_error(errno, std::system_category(), "making a timer");
    arm();
}

void ClockWatch::arm()
{
    itimerspec when{};
    when.it_value.tv_sec = kFarOff;
    timerfd_settime(timer_.number(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, nullptr);
}

void ClockWatch::look()
{
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t cancelled = read(timer_.number(), &count, sizeof count);
    arm();
}

int64_t ClockWatch::wall_offset()
{
    int64_t offset = std::numeric_limits<int64_t>::min();
    for (int look = 0; look < kLooks; ++look) {
        const int64_t wall = wall_ns();
        offset = std::max(offset, wall - boot_ns());
    }
    return offset;
}

}  // namespace dumbwaiter
