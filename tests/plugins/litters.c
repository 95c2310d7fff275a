// SPDX-License-Identifier: BSD-3-Clause
//
// litters.so: functions that use up what a process has, or leave it behind.
#include <dumbwaiter/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

DW_FUNCTION(leaks_descriptor, "Opens a file and forgets it; how many are open now")
{
    static int64_t count = 0;
    int i;
    for (i = 0; i < 10; ++i) {
        if (open("/dev/null", O_RDONLY) < 0) return dw_fail(call, strerror(errno));
        ++count;
    }
    return dw_put_i64(call, count);
}

DW_FUNCTION(closes_descriptors, "Closes everything from 0 to 1000")
{
    int number;
    for (number = 0; number <= 1000; ++number) close(number);
    return dw_put_null(call);
}

DW_FUNCTION(leaks_memory, "Takes memory until there is none, and keeps it")
{
    size_t const piece = (size_t)1 << 20;
    int64_t pieces = 0;
    while (pieces < 4096) {
        char* const at = (char*)malloc(piece);
        if (at == 0) return dw_fail(call, strerror(ENOMEM));
        memset(at, 1, piece);
        ++pieces;
    }
    return dw_put_i64(call, pieces);
}

DW_FUNCTION(forks_on, "Forks as often as it is let, args[0] times at most; how often that was")
{
    int64_t most = 0, count = 0;
    if (dw_arg_i64(call, 0, &most) != DW_OK) return DW_ERROR;
    while (count < most) {
        int const pid = fork();
        if (pid < 0) break;
        if (pid == 0) {
            if (count % 2 == 0) setsid();
            for (;;) pause();
        }
        ++count;
    }
    dw_put_i64(call, count);
    return DW_OK;
}

DW_FUNCTION(floods, "Writes args[0] MiB to stderr")
{
    static char line[1 << 16];
    int64_t left = 0;
    if (dw_arg_i64(call, 0, &left) != DW_OK) return DW_ERROR;
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (left *= 16; left > 0; --left) {
        if (write(2, line, sizeof line) < 0) return dw_fail(call, strerror(errno));
    }
    return dw_put_null(call);
}

DW_FUNCTION(leaves_child, "Forks a process that waits for ever; its pid")
{
    int const pid = fork();
    if (pid < 0) return dw_fail(call, strerror(errno));
    if (pid == 0) {
        for (;;) pause();
    }
    return dw_put_i64(call, pid);
}
