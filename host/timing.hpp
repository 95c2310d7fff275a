// SPDX-License-Identifier: BSD-3-Clause
//
// By what a function becomes due. Pure data.
#pragma once

#include <variant>

#include "grid.hpp"
#include "wall_times.hpp"

namespace dumbwaiter {

struct Timing {
    std::variant<std::monostate, Grid, WallTimes> times;  // none: only triggers make it due
    bool queues = false;                                  // overlap = "queue"
};

}  // namespace dumbwaiter
