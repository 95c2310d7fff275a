// SPDX-License-Identifier: BSD-3-Clause
//
// A command that runs: a session of its own, its three pipes, and its end with all that it started.
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "exec_command.h"

typedef struct {
    pid_t pid;         // also the session and the process group
    int pidfd;         // readable when it has ended
    int in, out, err;  // our ends of its pipes, not blocking; -1 when closed
} Process;

// Starts it. DW_OK, or DW_ERROR after the report was set; then there is nothing to end.
int32_t process_start(Process* process, const Command* command, dw_call* call);

// Kills what is left of its process group, waits for it, closes everything; `with_tree`: it may still run, and is
// killed with everything that it started. Returns its wait status.
int process_end(Process* process, int with_tree);
