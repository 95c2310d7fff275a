// SPDX-License-Identifier: BSD-3-Clause
//
// Signals as events that the main thread waits for.
#pragma once

#include <cstdint>
#include <span>

#include "status.hpp"

namespace dumbwaiter {

// Blocks SIGTERM, SIGINT and SIGHUP and ignores SIGPIPE, for this thread and those it starts: make it first of all.
class Signals {
public:
    static Expected<Signals> take();
    Signals(Signals&& other) noexcept;
    ~Signals();

    // Waits until a signal, a wake(), something to read from one of `also`, or `until` on CLOCK_MONOTONIC: the signal's
    // number, else 0.
    int wait(int64_t until, std::span<const int> also = {});
    void wake();  // any thread

private:
    Signals(int signals, int event) : signals_(signals), event_(event) {}
    int signals_, event_;
};

}  // namespace dumbwaiter
