// SPDX-License-Identifier: BSD-3-Clause
//
// retry.so: fails args[0] times, then works.
#include <dumbwaiter/plugin.h>

static int64_t retries, errors;

DW_FUNCTION(retry, "Asks args[0] times to be tried again, then gives the number of attempts")
{
    int64_t wanted = 1;
    dw_arg_i64(call, 0, &wanted);
    if (retries++ < wanted) {
        dw_fail(call, "not yet");
        return DW_RETRY;
    }
    return dw_put_i64(call, retries);
}

DW_FUNCTION(error, "Fails args[0] times, then gives the number of attempts")
{
    int64_t wanted = 1;
    dw_arg_i64(call, 0, &wanted);
    if (errors++ < wanted) return dw_fail(call, "not yet");
    return dw_put_i64(call, errors);
}
