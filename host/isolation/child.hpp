// SPDX-License-Identifier: BSD-3-Clause
//
// What a child process does: opens its libraries, runs the jobs that come over the channel, and dies with the host.
#pragma once

#include "channel.hpp"
#include "lanes.hpp"
#include "manifest.hpp"
#include "registry.hpp"

namespace dumbwaiter {

struct ChildOrders {
    Manifest& manifest;  // the child's own
    const Resolution& resolution;
    const ChildPlan& plan;
    channel::Layout layout;
    // Descriptors that become 0, 1, 2 and the child's socket; all others are closed.
    int memory = -1, socket = -1, out = -1, err = -1;
    pid_t parent = 0;
};

[[noreturn]] void run_child(const ChildOrders& orders);

}  // namespace dumbwaiter
