// SPDX-License-Identifier: BSD-3-Clause
//
// Being awake when a result comes. Waking the thread that takes results takes longer than a brief function: where each
// result is to be read at once, that thread is called as a job goes out, and looks for what comes without sleeping.
#pragma once

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "clock.hpp"

namespace dumbwaiter::channel {

// One thread calls at a time, and one looks: until the first that comes, be it one of several results or a question.
// Where nothing comes for long, time after time, calls become rare.
class Lookout {
public:
    static constexpr int64_t kLongest = 100'000;  // ns: two or three wake-ups of a thread
    static constexpr int kMostPatience = 8, kWorthOfAFind = 2;
    static constexpr uint32_t kRarely = 64;

    explicit Lookout(bool is_kept) : is_kept_(is_kept) {}

    // A job goes out. True: it is to be looked for; wake who is to look.
    bool call()
    {
        if (!is_kept_) return false;
        if (patience_.load(std::memory_order_relaxed) == 0 && ++passed_over_ % kRarely != 0) return false;
        calls_.fetch_add(1, std::memory_order_release);
        return true;
    }

    // After a call: asks `has_come` until it says so, or for too long. Processors are left to who wants them.
    template <typename HasCome>
    bool look(HasCome&& has_come, int64_t (*now)() = monotonic_ns)
    {
        const uint32_t calls = calls_.load(std::memory_order_acquire);
        if (calls == answered_) return false;
        answered_ = calls;
        const int64_t until = now() + kLongest;
        bool found = has_come();
        while (!found && now() < until) {
            sched_yield();
            found = has_come();
        }
        const int before = patience_.load(std::memory_order_relaxed);
        patience_.store(found ? std::min(before + kWorthOfAFind, kMostPatience) : std::max(before - 1, 0),
                        std::memory_order_relaxed);
        return found;
    }

private:
    const bool is_kept_;
    std::atomic<uint32_t> calls_{0};
    std::atomic<int> patience_{kMostPatience};  // the looking thread's
    uint32_t passed_over_ = 0;                  // the calling threads'
    uint32_t answered_ = 0;                     // the looking thread's
};

}  // namespace dumbwaiter::channel
