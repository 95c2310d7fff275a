// SPDX-License-Identifier: BSD-3-Clause
//
// serial.so: functions that fail when two of their invocations meet.
#include <dumbwaiter/plugin.h>

#include <stdatomic.h>

// Fails if somebody else is inside, or comes in within the next 20 ms.
static int32_t stay_alone(dw_call* call, atomic_int* inside, atomic_int* met)
{
    if (atomic_fetch_add(inside, 1) > 0) *met = 1;
    dw_sleep_ns(call, 20000000);
    atomic_fetch_sub(inside, 1);
    return *met ? dw_fail(call, "two invocations met") : DW_OK;
}

static atomic_int serial_inside, serial_met, parallel_inside, parallel_met, library_inside, library_met;

DW_FUNCTION_EX(serial, "DW_SERIAL: never meets another invocation of itself", DW_SERIAL, NULL, NULL, NULL, NULL, 0)
{
    return stay_alone(call, &serial_inside, &serial_met);
}

DW_FUNCTION(parallel, "Without a flag: fails once two entries of it have met")
{
    return stay_alone(call, &parallel_inside, &parallel_met);
}

DW_FUNCTION_EX(library_one, "DW_SERIAL_LIBRARY: never meets library_two", DW_SERIAL_LIBRARY, NULL, NULL, NULL, NULL, 0)
{
    return stay_alone(call, &library_inside, &library_met);
}

DW_FUNCTION_EX(library_two, "DW_SERIAL_LIBRARY: never meets library_one", DW_SERIAL_LIBRARY, NULL, NULL, NULL, NULL, 0)
{
    return stay_alone(call, &library_inside, &library_met);
}

DW_FUNCTION_EX(process_only, "DW_PROCESS_ONLY: null", DW_PROCESS_ONLY, NULL, NULL, NULL, NULL, 0)
{
    return dw_put_null(call);
}
