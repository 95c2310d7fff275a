// SPDX-License-Identifier: BSD-3-Clause
//
// A futex for those who sleep, a timerfd for those who poll: set to the deadline, and to the past by cancel().
#include "cancellation.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>

namespace dumbwaiter {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kLongAgo = 1;  // 0 would disarm the timer

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t), "the futex word is the atomic itself");

timespec timespec_of(uint64_t ns)
{
    timespec time{};
    time.tv_sec = static_cast<time_t>(ns / kNsPerSecond);
    time.tv_nsec = static_cast<long>(ns % kNsPerSecond);
    return time;
}

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
    syscall(SYS_futex, &cancelled_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
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
    const timespec until = timespec_of(until_ns);
    while (!cancelled()) {
        // The bitset form takes an absolute time, so a signal or a spurious wake-up does not prolong the sleep.
        const long woken =
            syscall(SYS_futex, &cancelled_, FUTEX_WAIT_BITSET_PRIVATE, 0, &until, nullptr, FUTEX_BITSET_MATCH_ANY);
        if (woken < 0 && errno == ETIMEDOUT) return cancelled();
    }
    return true;
}

}  // namespace dumbwaiter
