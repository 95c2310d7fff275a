// SPDX-License-Identifier: BSD-3-Clause
//
// Signals as events that the main thread waits for.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "descriptor.hpp"
#include "doubled_signals.hpp"
#include "event.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Blocks SIGTERM, SIGINT and SIGHUP and ignores SIGPIPE, for this thread and those it starts: make it first of all.
class Signals {
public:
    // `are_handed_on`: the parent of this process hands on those that it gets (init_process.hpp). One that reaches both
    // counts once.
    static Expected<Signals> take(bool are_handed_on);

    // Waits until a signal, a wake(), something to read from one of `also`, or `until` on CLOCK_MONOTONIC: the signal's
    // number, else 0.
    int wait(int64_t until, std::span<const int> also = {});
    void wake() { event_.raise(); }  // any thread

private:
    Signals(Descriptor signals, bool are_handed_on) : signals_(std::move(signals)), are_handed_on_(are_handed_on) {}

    Descriptor signals_;
    bool are_handed_on_;
    DoubledSignals doubled_;
    Event event_;
};

}  // namespace dumbwaiter
