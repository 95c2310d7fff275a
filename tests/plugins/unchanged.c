// SPDX-License-Identifier: BSD-3-Clause
//
// unchanged.so: says that the value is still true.
#include <dumbwaiter/plugin.h>

#include <stdlib.h>
#include <unistd.h>

static int32_t create(dw_call* call, void** state)
{
    *state = calloc(1, sizeof(int64_t));
    return *state ? DW_OK : dw_fail(call, "out of memory");
}

DW_FUNCTION_EX(unchanged, "42 with a new state, then unchanged", 0, create, free, NULL, NULL, 0)
{
    int64_t* const runs = dw_state(call);
    if ((*runs)++ > 0) return DW_UNCHANGED;
    return dw_put_i64(call, 42);
}

DW_FUNCTION(at_once, "Unchanged from the first time on, when there is no value yet")
{
    return DW_UNCHANGED;
}

DW_FUNCTION(after_put, "Puts a value and says unchanged")
{
    dw_put_i64(call, 1);
    return DW_UNCHANGED;
}

DW_FUNCTION_EX(every_third, "A new value every third time, unchanged between", 0, create, free, NULL, NULL, 0)
{
    int64_t* const runs = dw_state(call);
    if ((*runs)++ % 3 != 0) return DW_UNCHANGED;
    return dw_put_i64(call, *runs);
}

DW_FUNCTION_EX(held, "Waits while there is a file \"hold\"; a new value first, then unchanged if its argument says so",
               0, create, free, NULL, NULL, 0)
{
    int64_t* const runs = dw_state(call);
    int32_t stays = 0;
    dw_arg_bool(call, 0, &stays);
    dw_log(call, DW_LOG_INFO, "has begun");
    while (access("hold", F_OK) == 0) dw_sleep_ns(call, 10000000);
    if ((*runs)++ > 0 && stays) return DW_UNCHANGED;
    return dw_put_i64(call, *runs);
}
