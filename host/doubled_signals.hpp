// SPDX-License-Identifier: BSD-3-Clause
//
// Signals that reach the host twice: one for a whole group of processes comes from its sender, and once more from the
// process before the host (init_process.hpp), which got it as well and hands it on. Pure.
#pragma once

#include <cstdint>

#include "clock.hpp"

namespace dumbwaiter {

class DoubledSignals {
public:
    // Is it the other half of the one before? `now` is of a clock that never goes back.
    bool is_other_half(int number, bool is_handed_on, int64_t now)
    {
        const bool is_half = number == last_.number && is_handed_on != last_.is_handed_on && now - last_.at < kApart;
        last_ = is_half ? Last{} : Last{number, is_handed_on, now};
        return is_half;
    }

private:
    // Halves come at once; but nobody may look while children end.
    static constexpr int64_t kApart = 5 * kSecond;

    struct Last {
        int number = 0;
        bool is_handed_on = false;
        int64_t at = 0;
    };
    Last last_;
};

}  // namespace dumbwaiter
