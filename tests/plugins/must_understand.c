// SPDX-License-Identifier: BSD-3-Clause
//
// must_understand.so: a flag that no host knows, of those that must be understood.
#include <dumbwaiter/plugin.h>

DW_FUNCTION_EX(unknown_flag, "Flag 1 << 20", (uint32_t)1 << 20, NULL, NULL, NULL, NULL, 0)
{
    return dw_put_null(call);
}

DW_FUNCTION_EX(ignorable_flag, "Flag 1 << 10, which a host may ignore", (uint32_t)1 << 10, NULL, NULL, NULL, NULL, 0)
{
    return dw_put_str(call, "ran", 3);
}
