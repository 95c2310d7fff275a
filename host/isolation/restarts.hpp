// SPDX-License-Identifier: BSD-3-Clause
//
// When a child that died is made again. Pure: times are CLOCK_MONOTONIC nanoseconds that the caller brings.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace dumbwaiter {

// The fifth death within a minute is one too many; that lasts for ten minutes, and then one more try is given.
class DeathCount {
public:
    static constexpr int64_t kWindow = 60'000'000'000, kAway = 600'000'000'000;
    static constexpr size_t kTooMany = 5;

    // True if it goes away now.
    bool died(int64_t now);
    // It has worked: a probe that did is as good as new.
    void worked(int64_t now);
    bool is_away(int64_t now) const { return now < away_until_; }
    int64_t away_until() const { return away_until_; }
    bool is_on_probation() const { return on_probation_; }

private:
    std::array<int64_t, kTooMany> deaths_{};  // the newest at newest_
    size_t newest_ = 0, count_ = 0;
    int64_t away_until_ = 0;
    bool on_probation_ = false;  // away, or its probe has not come back
};

class Restarts {
public:
    static constexpr int64_t kFirstPause = 100'000'000, kLongestPause = 60'000'000'000;

    enum class Reason {
        kFunction,  // one of its functions is to blame, or nobody
        kLibrary,   // it died while it was loaded, or with nothing running
        kHost,      // the host ended it: no pause
    };
    void died(Reason reason, int64_t now);
    void worked(int64_t now);

    int64_t next_start() const { return next_start_; }
    bool library_is_away(int64_t now) const { return library_.is_away(now); }
    uint64_t count() const { return count_; }

private:
    DeathCount library_;
    int64_t pause_ = 0, next_start_ = 0, last_death_ = 0;
    uint64_t count_ = 0;
};

}  // namespace dumbwaiter
