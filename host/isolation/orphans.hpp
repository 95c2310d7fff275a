// SPDX-License-Identifier: BSD-3-Clause
//
// Ending processes that were handed on to this one when their parent died.
#pragma once

#include <sys/types.h>

#include <functional>

namespace dumbwaiter {

// Sends SIGKILL to the children of this process, but for those that are to stay. Does not wait for their ends, one of
// which may never come: it is to be called again whenever one is reaped, as what dies hands on its own children to a
// subreaper.
void kill_children_except(const std::function<bool(pid_t)>& stays);

// Kills and reaps all children of this process and what is handed on to it, until there are none. One that cannot die
// keeps no other alive. For a process with one thread.
void end_children();

}  // namespace dumbwaiter
