// SPDX-License-Identifier: BSD-3-Clause
//
// hangs.so: functions that take their time.
#include <dumbwaiter/plugin.h>

#include <pthread.h>
#include <time.h>
#include <unistd.h>

DW_FUNCTION(politely, "Sleeps until it is cancelled, a minute at most")
{
    return dw_sleep_ns(call, (uint64_t)60 * 1000000000) == DW_CANCELLED ? DW_CANCELLED : DW_OK;
}

DW_FUNCTION(finishes, "Sleeps until it is cancelled, and then has a value all the same")
{
    dw_sleep_ns(call, (uint64_t)60 * 1000000000);
    return dw_put_str(call, "in time", 7);
}

DW_FUNCTION(stubbornly, "Ignores that it is cancelled, for 20 seconds")
{
    struct timespec left = {20, 0};
    while (nanosleep(&left, &left) != 0) {
    }
    return DW_OK;
}

DW_FUNCTION(forever, "Never returns")
{
    while (pause() != 0) {
    }
    return DW_OK;
}

DW_FUNCTION(deadlocks, "Waits for a lock that it holds itself")
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    (void)call;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    return DW_OK;
}

DW_FUNCTION(spins, "Looks at dw_cancelled in a busy loop")
{
    while (!dw_cancelled(call)) {
    }
    return DW_CANCELLED;
}

DW_FUNCTION(briefly, "Sleeps args[0] seconds and returns them")
{
    double seconds = 0;
    if (dw_arg_f64(call, 0, &seconds) != DW_OK) return dw_fail(call, "args[0] is missing: give the seconds to sleep");
    if (dw_sleep_ns(call, (uint64_t)(seconds * 1e9)) == DW_CANCELLED) return DW_CANCELLED;
    return dw_put_f64(call, seconds);
}
