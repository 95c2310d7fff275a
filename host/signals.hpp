// SPDX-License-Identifier: BSD-3-Clause
//
// Signals as events that the main thread waits for.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "descriptor.hpp"
#include "event.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Blocks SIGTERM, SIGINT and SIGHUP and ignores SIGPIPE, for this thread and those it starts: make it first of all.
class Signals {
public:
    static Expected<Signals> take();

    // Waits until a signal, a wake(), something to read from one of `also`, or `until` on CLOCK_MONOTONIC: the signal's
    // number, else 0.
    int wait(int64_t until, std::span<const int> also = {});
    void wake() { event_.raise(); }  // any thread

private:
    explicit Signals(Descriptor signals) : signals_(std::move(signals)) {}
    Descriptor signals_;
    Event event_;
};

}  // namespace dumbwaiter
