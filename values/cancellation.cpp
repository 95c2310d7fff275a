// SPDX-License-Identifier: BSD-3-Clause
//
// A futex for those who sleep, a timerfd for those who poll: set to the deadline, and to the past by cancel().
#include "cancellation.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include "futex.hpp"

namespace dumbwaiter {
namespace {

constexpr uint64_t kLongAgo = 1;  // 0 would disarm the timer

void fire_at(int fd, uint64_t ns)
{
    itimerspec when{};
    when.it_value = timespec_of(ns);
    timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, nullptr);
}

}  // namespace

void Cancellation::cancel()
{
    cancelled_.store(1, std::memory_order_release);
    futex_wake(cancelled_);
    // The flag is up before the lock is taken, so an fd() that comes later sees it.
    const std::lock_guard lock(mutex_);
    if (fd_ >= 0) fire_at(fd_, kLongAgo);
}

void Cancellation::reset()
{
    close_fd();
    cancelled_.store(0, std::memory_order_release);
}

int Cancellation::fd(uint64_t deadline_ns)
{
    const std::lock_guard lock(mutex_);
    if (fd_ >= 0) return fd_;
    fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd_ < 0) return -1;
    if (cancelled()) {
        fire_at(fd_, kLongAgo);
    } else if (deadline_ns != 0) {
        fire_at(fd_, deadline_ns);
    }
    return fd_;
}

void Cancellation::close_fd()
{
    const std::lock_guard lock(mutex_);
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
}

bool Cancellation::sleep_until(uint64_t until_ns)
{
    // An absolute time, so a signal or a spurious wake-up does not prolong the sleep.
    while (!cancelled() && futex_wait_until(cancelled_, 0, until_ns)) {
    }
    return cancelled();
}

}  // namespace dumbwaiter
