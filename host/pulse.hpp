// SPDX-License-Identifier: BSD-3-Clause
//
// Whether the host still does its work, from two looks at its counters. Pure.
#pragma once

#include <cstdint>

namespace dumbwaiter {

struct PulseCounts {
    uint64_t rounds = 0;   // of the dispatcher's loop, which was asked for one at the last look
    uint64_t pending = 0;  // results that wait for a commit
    uint64_t commits = 0;  // tried, with or without success: a full disk is no reason to be restarted
};

class Pulse {
public:
    // True: the schedule has moved since the last look, and what was to be committed was taken up.
    bool beats(const PulseCounts& now)
    {
        const bool moved = now.rounds != last_.rounds;
        const bool writes = last_.pending == 0 || now.pending == 0 || now.commits != last_.commits;
        last_ = now;
        return moved && writes;
    }

private:
    PulseCounts last_;
};

}  // namespace dumbwaiter
