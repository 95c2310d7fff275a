// SPDX-License-Identifier: BSD-3-Clause
//
// tick.so: counts its own invocations, in this process and for this library.
#include <dumbwaiter/plugin.h>

/* Both functions may run at once. */
static _Atomic int64_t ticks;

DW_FUNCTION(tick, "Counts its own invocations")
{
    return dw_put_i64(call, ++ticks);
}

DW_FUNCTION(slow_tick, "The same, and takes 0.3 s for it")
{
    dw_sleep_ns(call, 300000000u);
    return dw_put_i64(call, ++ticks);
}

DW_FUNCTION(sequence, "The sequence that this value gets")
{
    return dw_put_u64(call, dw_sequence(call));
}

DW_FUNCTION(fails, "Always fails, with a text")
{
    return dw_fail(call, "the well is dry");
}

DW_FUNCTION(silent, "Puts nothing: the value is null")
{
    return DW_OK;
}

DW_FUNCTION(silently_fails, "Fails without a text")
{
    return DW_ERROR;
}

DW_FUNCTION(logs, "Writes a line of each level")
{
    dw_log(call, DW_LOG_DEBUG, "a debug line");
    dw_log(call, DW_LOG_INFO, "an info line");
    dw_log(call, DW_LOG_WARNING, "a warning line");
    dw_log(call, DW_LOG_ERROR, "an error line");
    return DW_OK;
}
