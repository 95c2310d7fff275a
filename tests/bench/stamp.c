/* SPDX-License-Identifier: BSD-3-Clause
 *
 * stamp.so: says when it returned. */
#include <dumbwaiter/plugin.h>

#include <time.h>

DW_FUNCTION(stamp, "CLOCK_MONOTONIC as it returns, in nanoseconds")
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return dw_put_i64(call, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}
