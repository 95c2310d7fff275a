// SPDX-License-Identifier: BSD-3-Clause
//
// The due times of a function, from what the store's documents say of it.
#pragma once

#include <cstdint>
#include <optional>

#include "field.hpp"
#include "grid.hpp"
#include "wall_times.hpp"

namespace dumbwaiter {

// From CLOCK_BOOTTIME, on which phases lie, to wall time; `host` is the document of the host, if there is one.
int64_t boot_offset(const Field& host);

// Unix nanoseconds.
class DueTimes {
public:
    // Nothing for a function that only runs after others, or of which too little is known.
    static std::optional<DueTimes> of(const Field& function, int64_t boot_offset);

    int64_t after(int64_t wall) const;

private:
    DueTimes() = default;

    std::optional<WallTimes> wall_;
    Grid grid_;
    int64_t boot_offset_ = 0;
};

}  // namespace dumbwaiter
