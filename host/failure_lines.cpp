// SPDX-License-Identifier: BSD-3-Clause
#include "failure_lines.hpp"

#include <utility>

namespace dumbwaiter {

bool LineBudget::take(int64_t now)
{
    if (now - began_ >= kWindow) {
        began_ = now;
        taken_ = 0;
    }
    if (taken_ < kLines) {
        ++taken_;
        return true;
    }
    ++refused_;
    return false;
}

uint64_t LineBudget::take_refused()
{
    return std::exchange(refused_, 0);
}

FailureLine FailureLines::failed(uint64_t in_row, int64_t now, bool must_tell, LineBudget& budget)
{
    if (in_row == 1) told_in_row_ = 0;
    const bool is_news = told_in_row_ == 0 || in_row / 10 >= told_in_row_;
    const bool has_rested = !has_told_ || now - told_at_ >= kRest;
    if (!must_tell && !(is_news && has_rested)) {
        ++untold_;
        return {};
    }
    // One that the budget refuses waits its turn as if it were told: else a thousand that fail would be told of for
    // ever.
    has_told_ = true;
    told_at_ = now;
    told_in_row_ = in_row;
    if (!must_tell && !budget.take(now)) {
        ++untold_;
        return {};
    }
    is_open_ = true;
    return {.is_told = true, .untold = std::exchange(untold_, 0)};
}

bool FailureLines::works_again()
{
    told_in_row_ = 0;
    return std::exchange(is_open_, false);
}

}  // namespace dumbwaiter
