// SPDX-License-Identifier: BSD-3-Clause
//
// Functions that kill their child too often are put away for a while. Pure; times are CLOCK_BOOTTIME nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "restarts.hpp"
#include "schedule.hpp"

namespace dumbwaiter {

class Quarantine {
public:
    // It killed its child. True if it is put away now: it is not to run before away_until().
    bool died(FunctionId id, int64_t now);
    // It came back alive. True if it was on probation, and is free now.
    bool worked(FunctionId id, int64_t now);
    // Forgets its deaths. True if it was put away.
    bool lift(FunctionId id);
    int64_t away_until(FunctionId id) const;
    bool holds(FunctionId id) const;
    bool holds_any() const { return held_ > 0; }

private:
    std::unordered_map<FunctionId, DeathCount> functions_;  // those that ever died of it
    size_t held_ = 0;                                       // how many of them are on probation: asked for each tick
};

}  // namespace dumbwaiter
