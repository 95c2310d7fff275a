// SPDX-License-Identifier: BSD-3-Clause
#include "cpu_timer.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace dumbwaiter {

CpuTimer::~CpuTimer()
{
    if (is_made_) ::timer_delete(timer_);
}

Status CpuTimer::begin(uint64_t seconds)
{
    if (!is_made_) {
        sigevent event{};
        event.sigev_notify = SIGEV_THREAD_ID;
        event.sigev_signo = SIGXCPU;
        event.sigev_notify_thread_id = static_cast<pid_t>(::syscall(SYS_gettid));
        if (::timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) != 0) {
            return failure(Code::kIo, fmt::format("cpu_seconds cannot be held: {}", std::strerror(errno)));
        }
        is_made_ = true;
    }
    itimerspec after{};
    after.it_value.tv_sec = static_cast<time_t>(seconds);
    after.it_interval.tv_sec = 1;
    ::timer_settime(timer_, 0, &after, nullptr);
    return {};
}

void CpuTimer::end()
{
    constexpr itimerspec kOff{};
    if (is_made_) ::timer_settime(timer_, 0, &kOff, nullptr);
}

}  // namespace dumbwaiter
