// SPDX-License-Identifier: BSD-3-Clause
//
// The flag that asks a running invocation to end, and the three ways to notice it: look, sleep on it, poll on it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

namespace dumbwaiter {

// One for each worker, reused from invocation to invocation. Thread-safe but for reset(); outlives the calls that look
// at it.
class Cancellation {
public:
    Cancellation() = default;
    ~Cancellation() { close_fd(); }
    Cancellation(const Cancellation&) = delete;
    Cancellation& operator=(const Cancellation&) = delete;

    void cancel();
    void reset();  // for the next invocation; no call may be looking
    bool cancelled() const { return cancelled_.load(std::memory_order_acquire) != 0; }

    // A descriptor that turns readable at cancel() or at the deadline (CLOCK_MONOTONIC, 0 = none), and stays so. Made
    // at the first call and the same one until close_fd(); -1 if none can be had.
    int fd(uint64_t deadline_ns);
    void close_fd();

    // Sleeps on CLOCK_MONOTONIC until `until_ns` at the latest; true if it ended because of cancel().
    bool sleep_until(uint64_t until_ns);

private:
    std::atomic<uint32_t> cancelled_{0};  // a futex word
    std::mutex mutex_;
    int fd_ = -1;  // guarded by mutex_
};

}  // namespace dumbwaiter
