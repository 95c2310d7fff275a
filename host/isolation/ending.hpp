// SPDX-License-Identifier: BSD-3-Clause
//
// How a child is ended for the sake of one that hangs in it: first it is asked where that one stands, then politely,
// then not. Pure: times are CLOCK_MONOTONIC nanoseconds that the caller brings.
#pragma once

#include <csignal>
#include <cstdint>

namespace dumbwaiter {

class Ending {
public:
    static constexpr int64_t kStackTime = 60'000'000;  // for the answer where it stands
    static constexpr int64_t kTermTime = 500'000'000;  // from SIGTERM to SIGKILL

    bool has_begun() const { return step_ != Step::kNone; }
    void begin(int64_t now)
    {
        step_ = Step::kAsked;
        at_ = now;
    }
    void answered() { answered_ = true; }
    // The signal to send now, 0 = none.
    int due(int64_t now)
    {
        if (step_ == Step::kAsked && (answered_ || now - at_ >= kStackTime)) {
            step_ = Step::kTerm;
            at_ = now;
            return SIGTERM;
        }
        if (step_ == Step::kTerm && now - at_ >= kTermTime) {
            step_ = Step::kKill;
            return SIGKILL;
        }
        return 0;
    }

private:
    enum class Step { kNone, kAsked, kTerm, kKill } step_ = Step::kNone;
    int64_t at_ = 0;
    bool answered_ = false;
};

}  // namespace dumbwaiter
