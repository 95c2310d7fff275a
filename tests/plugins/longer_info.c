// SPDX-License-Identifier: BSD-3-Clause
//
// longer_info.so: a constant as a later version may have it, with a tail that this host does not know.
#include <dumbwaiter/plugin.h>

typedef struct {
    dw_function_info known;
    const char* unknown;
    uint64_t unknown_too[4];
} LongerInfo;

static int32_t run(dw_call* call)
{
    return dw_put_str(call, "ran", 3);
}

extern DW_EXPORT const LongerInfo longer_info__dw1;
const LongerInfo longer_info__dw1 = {
    {sizeof(LongerInfo), 0, DW_ABI_MINOR, 0, "Longer than this host knows", NULL, NULL, 0, run, NULL, NULL},
    "a member of a later version",
    {1, 2, 3, 4}};
