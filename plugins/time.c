// SPDX-License-Identifier: BSD-3-Clause
//
// libtime.so: clocks. The smallest useful plugin, and the first to read.
#include <dumbwaiter/plugin.h>
#include <time.h>

#define NOTHING "{\"type\": \"array\", \"maxItems\": 0, \"kwargs\": {\"additionalProperties\": false}}"

DW_FUNCTION_EX(now, "Seconds since the epoch", 0, NULL, NULL, NOTHING, "{\"type\": \"integer\"}", DW_SECONDS(1))
{
    return dw_put_i64(call, (int64_t)time(NULL));
}

DW_FUNCTION_EX(monotonic, "Seconds on the monotonic clock, which no one sets back", 0, NULL, NULL, NOTHING,
               "{\"type\": \"number\"}", DW_SECONDS(1))
{
    struct timespec at;
    if (clock_gettime(CLOCK_MONOTONIC, &at) != 0) return dw_fail(call, "this system has no monotonic clock");
    return dw_put_f64(call, (double)at.tv_sec + (double)at.tv_nsec / 1e9);
}

DW_FUNCTION_EX(iso8601, "The time in UTC as text, such as 2026-01-31T12:34:56Z", 0, NULL, NULL, NOTHING,
               "{\"type\": \"string\", \"format\": \"date-time\"}", DW_SECONDS(1))
{
    time_t const at = time(NULL);
    struct tm parts;
    char text[64];
    if (gmtime_r(&at, &parts) == NULL) return dw_fail(call, "the system's clock is past the calendar: set it");
    size_t const length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return dw_put_str(call, text, length);
}
