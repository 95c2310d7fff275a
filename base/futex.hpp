// SPDX-License-Identifier: BSD-3-Clause
//
// Sleeping on a word of memory that processes share, and waking who sleeps there (futex(2)).
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>
#include <ctime>

namespace dumbwaiter {

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t), "the futex word is the atomic itself");

// Sleeps while the word holds `seen`, for `timeout_ns` at most (negative: without end). May return early.
inline void futex_wait(const std::atomic<uint32_t>& word, uint32_t seen, int64_t timeout_ns = -1)
{
    timespec left{.tv_sec = timeout_ns / 1'000'000'000, .tv_nsec = timeout_ns % 1'000'000'000};
    syscall(SYS_futex, &word, FUTEX_WAIT, seen, timeout_ns < 0 ? nullptr : &left, nullptr, 0);
}

inline void futex_wake(const std::atomic<uint32_t>& word, int how_many = INT_MAX)
{
    syscall(SYS_futex, &word, FUTEX_WAKE, how_many, nullptr, nullptr, 0);
}

}  // namespace dumbwaiter
