// SPDX-License-Identifier: BSD-3-Clause
//
// What goes into a running command and comes out of it.
#pragma once

#include "exec_process.h"

typedef struct {
    char* out;  // freed by who made it
    size_t out_length, out_room;
    char err[4096];  // the end of stderr
    size_t err_length;
} Exchange;

// Feeds stdin and takes stdout and stderr until the command has ended and closed them, or the call is cancelled, or too
// much comes. DW_OK, DW_CANCELLED, or DW_ERROR after the report was set.
int32_t exchange(Exchange* exchange, Process* process, const Command* command, dw_call* call);
