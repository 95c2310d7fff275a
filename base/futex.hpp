// SPDX-License-Identifier: BSD-3-Clause
//
// Sleeping on a word of memory, which processes may share, and waking who sleeps there (futex(2)).
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <ctime>

#include "clock.hpp"

namespace dumbwaiter {

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t) && std::atomic<uint32_t>::is_always_lock_free,
              "the futex word is the atomic itself");

// Sleeps while the word holds `seen`, for `timeout_ns` at most (negative: without end). May return early.
inline void futex_wait(const std::atomic<uint32_t>& word, uint32_t seen, int64_t timeout_ns = -1)
{
    const timespec left = timespec_of(static_cast<uint64_t>(timeout_ns));
    syscall(SYS_futex, &word, FUTEX_WAIT, seen, timeout_ns < 0 ? nullptr : &left, nullptr, 0);
}

// The same until `until_ns` on CLOCK_MONOTONIC at the latest; false when that has come.
inline bool futex_wait_until(const std::atomic<uint32_t>& word, uint32_t seen, uint64_t until_ns)
{
    const timespec until = timespec_of(until_ns);
    const long woken = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, seen, &until, nullptr, FUTEX_BITSET_MATCH_ANY);
    return woken == 0 || errno != ETIMEDOUT;
}

inline void futex_wake(const std::atomic<uint32_t>& word, int how_many = INT_MAX)
{
    syscall(SYS_futex, &word, FUTEX_WAKE, how_many, nullptr, nullptr, 0);
}

}  // namespace dumbwaiter
