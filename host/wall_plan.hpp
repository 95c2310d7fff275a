// SPDX-License-Identifier: BSD-3-Clause
//
// Where one function stands among due times of the wall clock, which may be set at any moment. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>

#include "wall_times.hpp"

namespace dumbwaiter {

// Unix nanoseconds. Thread-compatible.
class WallPlan {
public:
    WallPlan(WallTimes times, int64_t now) : times_(std::move(times)), next_(times_.after(now)) {}

    int64_t next() const { return next_; }

    struct Passed {
        int64_t newest;  // due time that is not later than now
        int64_t missed;  // how many came before it
    };
    // Where next() <= now: takes it and all that lie until now, and goes on to the one after.
    Passed pass(int64_t now);
    // Drops what is due before `until`.
    void skip_until(int64_t until);

    // The wall clock says `now` and may have been set. What it jumped over is due at once, as after a suspend. Set
    // back by three hours or less it reaches no due time a second time; set back further, the new time holds.
    void clock_was_set(int64_t now);

private:
    static constexpr int64_t kNone = std::numeric_limits<int64_t>::min();

    WallTimes times_;
    int64_t next_;
    int64_t last_ = kNone;  // the due time that was taken last
};

}  // namespace dumbwaiter
