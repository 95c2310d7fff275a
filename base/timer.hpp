// SPDX-License-Identifier: BSD-3-Clause
//
// Waking a thread that polls, at a time.
#pragma once

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "clock.hpp"
#include "descriptor.hpp"

namespace dumbwaiter {

class Timer {
public:
    explicit Timer(clockid_t clock) : file_(::timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK))
    {
        if (!file_.is_open()) throw std::system_error(errno, std::system_category(), "making a timer");
    }

    int number() const { return file_.number(); }  // readable from that time on, until it is set anew or lowered

    // By its clock, in nanoseconds; in place of what was set before. Thread-safe.
    void set(int64_t at) const { set(timespec_of(static_cast<uint64_t>(std::max<int64_t>(at, 1)))); }
    void disarm() const { set(timespec{}); }
    void lower() const
    {
        uint64_t count = 0;
        [[maybe_unused]] const ssize_t drained = ::read(number(), &count, sizeof count);
    }

private:
    void set(const timespec& at) const
    {
        const itimerspec when{.it_interval = {}, .it_value = at};
        ::timerfd_settime(number(), TFD_TIMER_ABSTIME, &when, nullptr);
    }

    Descriptor file_;
};

}  // namespace dumbwaiter
