// SPDX-License-Identifier: BSD-3-Clause
//
// What the lanes of a workforce share: its lock, its slots, and where results go.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "executor.hpp"
#include "functions.hpp"
#include "slots.hpp"

namespace dumbwaiter {

// A result on its way to the executor's OnReturn, which is called without the lock.
struct Delivery {
    Job job;
    Returned returned;
};

struct LaneContext {
    const Functions& functions;
    const Executor::OnReturn& on_return;
    std::mutex& mutex;  // guards slots and every lane's state
    Slots& slots;
    std::condition_variable& quiet;  // told when nothing runs any more, and when a child is gone
    // Hands out what may run now. Under the lock.
    std::function<void()> pump;
    int64_t patience_ns;  // how long an invocation runs before its slot goes to others

    // One that has run for so long, or past its timeout: somebody should look at it.
    bool is_stuck(FunctionId id, int64_t ran) const
    {
        const int64_t timeout = functions[id]->timeout.count();
        return ran >= patience_ns || (timeout > 0 && ran >= timeout);
    }

    void deliver(std::vector<Delivery>& deliveries) const
    {
        for (Delivery& delivery : deliveries) on_return(delivery.job, std::move(delivery.returned));
        deliveries.clear();
    }
};

// How long an invocation may still take after its deadline to notice by itself.
inline constexpr int64_t kNoticeTime = 50'000'000;
// How long a job of a parcel may hold up those behind it.
inline constexpr int64_t kHoldUp = 20'000'000;

}  // namespace dumbwaiter
