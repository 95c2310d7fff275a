// SPDX-License-Identifier: BSD-3-Clause
#include "wall_plan.hpp"

#include <algorithm>

#include "clock.hpp"

namespace dumbwaiter {

namespace {
constexpr int64_t kLongestCorrection = 3 * 3600 * kSecond;
}

WallPlan::Passed WallPlan::pass(int64_t now)
{
    const int64_t newest = times_.last_until(now, next_);
    const int64_t missed = times_.between(next_, newest);
    last_ = newest;
    next_ = times_.after(newest);
    return {newest, missed};
}

void WallPlan::skip_until(int64_t until)
{
    next_ = std::max(next_, times_.after(until - 1));
}

void WallPlan::clock_was_set(int64_t now)
{
    if (last_ != kNone && now < last_ - kLongestCorrection) last_ = kNone;
    if (next_ <= now) return;
    next_ = times_.after(std::max(now, last_));
}

}  // namespace dumbwaiter
