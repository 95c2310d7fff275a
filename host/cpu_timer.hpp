// SPDX-License-Identifier: BSD-3-Clause
//
// cpu_seconds: how much CPU time one invocation may use.
#pragma once

#include <ctime>

#include <cstdint>

#include "status.hpp"

namespace dumbwaiter {

// A timer on the CPU clock of one worker thread. RLIMIT_CPU would count the whole life of the child and all its
// workers, so that a child that works well for a month would die of it. What an invocation uses on threads or in
// processes that the library starts by itself is not counted: `processes` and `timeout` bound those.
//
// When the time is used up the thread gets SIGXCPU, once more each second: the child dies of it unless the library
// handles it. Belongs to the thread that made it.
class CpuTimer {
public:
    CpuTimer() = default;
    ~CpuTimer();
    CpuTimer(const CpuTimer&) = delete;
    CpuTimer& operator=(const CpuTimer&) = delete;

    Status begin(uint64_t seconds);  // with the invocation
    void end();

private:
    bool is_made_ = false;
    timer_t timer_{};
};

}  // namespace dumbwaiter
