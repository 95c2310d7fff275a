// SPDX-License-Identifier: BSD-3-Clause
//
// A process before the host where orphans would land on it: as pid 1 of a container, or as a subreaper.
#pragma once

#include "status.hpp"

namespace dumbwaiter {

// Where orphans land on this process, it becomes two: the host goes on in the one that was forked, whose children are
// its own only, so that nobody but who made a child waits for it. The other one reaps what lands on it, hands signals
// on to the host, and ends as the host does. Elsewhere nothing happens, and it gives false. For a process with one
// thread.
Expected<bool> put_init_before_host();

}  // namespace dumbwaiter
