// SPDX-License-Identifier: BSD-3-Clause
//
// Everything that a process started.
#pragma once

#include <sys/types.h>

// Kills the leader of a session, its descendants, and all that is in a session of theirs. The leader has not been
// waited for, so that its number is no one else's. What left the session by itself and whose parents are gone already
// (a daemon) is not found.
void kill_tree(pid_t leader);
