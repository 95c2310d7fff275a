/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A first plugin: two functions, one of them with an argument.
 *
 *     cc -shared -fPIC $(pkg-config --cflags dumbwaiter-plugin) -o libhello.so hello.c
 *     dumbwaiter inspect ./libhello.so
 *     run_dumbwaiter --once && dumbwaiter get greeting
 */
#include <dumbwaiter/plugin.h>
#include <stdio.h>
#include <time.h>

DW_FUNCTION(now, "Seconds since the epoch")
{
    return dw_put_i64(call, (int64_t)time(NULL));
}

DW_FUNCTION(greet, "Greets who is named by args[0]")
{
    const char *who;
    uint64_t length;
    char text[128];

    /* The report says what was wrong with the argument: there is nothing to add to it. */
    if (dw_arg_str(call, 0, &who, &length) != DW_OK) return DW_ERROR;
    if (length > 100) return dw_fail(call, "args[0] is a name of more than 100 bytes");
    return dw_put_str(call, text, (uint64_t)snprintf(text, sizeof text, "Hello, %s!", who));
}
