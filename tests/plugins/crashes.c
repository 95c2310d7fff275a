// SPDX-License-Identifier: BSD-3-Clause
//
// crashes.so: functions that take their process with them.
#include <dumbwaiter/plugin.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

DW_FUNCTION(segv, "Writes through a null pointer")
{
    *(volatile int*)0 = 1;
    return DW_OK;
}

DW_FUNCTION(aborts, "Calls abort")
{
    abort();
}

DW_FUNCTION(exits, "Calls exit with 7")
{
    exit(7);
}

DW_FUNCTION(leaves, "Calls _exit with 0")
{
    _exit(0);
}

DW_FUNCTION(killed, "Sends itself SIGKILL")
{
    raise(SIGKILL);
    return DW_OK;
}

static int overflow(volatile char* from)
{
    volatile char page[4096];
    page[0] = from[0];
    return from[0] ? overflow(page) + page[0] : 0;  // never 0, which the compiler cannot know
}

DW_FUNCTION(overflows, "Overflows its stack")
{
    char from = 1;
    return overflow(&from);
}
