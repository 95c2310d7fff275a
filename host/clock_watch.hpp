// SPDX-License-Identifier: BSD-3-Clause
//
// Notices that the wall clock was set: by a person, by NTP at once, by a leap second. Slewing needs no notice, as it
// moves CLOCK_BOOTTIME along.
#pragma once

#include <cstdint>

#include "descriptor.hpp"

namespace dumbwaiter {

// Thread-compatible.
class ClockWatch {
public:
    ClockWatch();  // throws std::system_error

    // Becomes readable when the clock was set.
    int descriptor() const { return timer_.number(); }
    // After it became readable: looks again.
    void look();

    // From CLOCK_BOOTTIME to wall time, as of now; never more than it is, so that nothing comes early by it.
    static int64_t wall_offset();

private:
    void arm();

    Descriptor timer_;
};

}  // namespace dumbwaiter
