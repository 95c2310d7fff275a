// SPDX-License-Identifier: BSD-3-Clause
#include "restarts.hpp"

#include <algorithm>

namespace dumbwaiter {

bool DeathCount::died(int64_t now)
{
    newest_ = (newest_ + 1) % kTooMany;
    deaths_[newest_] = now;
    count_ = std::min(count_ + 1, kTooMany);
    const int64_t oldest = deaths_[(newest_ + 1) % kTooMany];
    if (!on_probation_ && (count_ < kTooMany || now - oldest > kWindow)) return false;
    away_until_ = now + kAway;
    on_probation_ = true;
    return true;
}

void DeathCount::worked(int64_t now)
{
    if (on_probation_ && !is_away(now)) *this = {};
}

void Restarts::died(Reason reason, int64_t now)
{
    ++count_;
    if (reason == Reason::kHost) {
        next_start_ = now;
        return;
    }
    const bool is_row = pause_ != 0 && now - last_death_ < kLongestPause;
    pause_ = is_row ? std::min(pause_ * 2, kLongestPause) : kFirstPause;
    last_death_ = now;
    next_start_ = now + pause_;
    if (reason == Reason::kLibrary && library_.died(now)) next_start_ = library_.away_until();
}

void Restarts::worked(int64_t now)
{
    library_.worked(now);
}

}  // namespace dumbwaiter
