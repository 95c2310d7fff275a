// SPDX-License-Identifier: BSD-3-Clause
//
// Ending processes that were handed on to this one when their parent died.
#pragma once

#include <sys/types.h>

#include <functional>

namespace dumbwaiter {

// Kills and reaps the children of this process, but for those that are to stay, until there are none: what dies hands
// on its own children. For a process with one thread that is a subreaper.
void kill_children_except(const std::function<bool(pid_t)>& stays);

// The same without waiting for their ends, one of which may never come. To be called again when one of them is reaped.
void send_kill_to_children_except(const std::function<bool(pid_t)>& stays);

}  // namespace dumbwaiter
