// SPDX-License-Identifier: BSD-3-Clause
//
// flaky.so: works once, then fails.
#include <dumbwaiter/plugin.h>

static int worked;

DW_FUNCTION(flaky, "Works the first time, then never again")
{
    if (worked) return dw_fail(call, "it worked only once");
    worked = 1;
    return dw_put_str(call, "worked", 6);
}

static int alternating;

DW_FUNCTION(every_other, "Works every other time, beginning with the first")
{
    if (++alternating % 2 == 0) return dw_fail(call, "an even attempt");
    return dw_put_i64(call, alternating);
}
