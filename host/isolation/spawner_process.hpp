// SPDX-License-Identifier: BSD-3-Clause
//
// The spawner's own process, and what it is asked.
#pragma once

#include <cstdint>

#include "channel.hpp"
#include "lanes.hpp"
#include "manifest.hpp"
#include "registry.hpp"

namespace dumbwaiter {

struct SpawnerRequest {
    uint32_t lane;  // kHostLane: not a child, but a planner, and its manifest's path follows
    uint64_t ticket;
    uint64_t generation;  // of the spawner that the host knows of: what was meant for one that is dead is not done
    channel::Layout layout;
};

// In the process that was forked, until the host is gone: takes requests from the socket, and tells of events there.
[[noreturn]] void run_spawner(Manifest& manifest, const Resolution& resolution, const LanePlan& plan, int socket);

}  // namespace dumbwaiter
