// SPDX-License-Identifier: BSD-3-Clause
//
// lying_size.so: a constant that says to be longer than its ELF symbol is.
#include <dumbwaiter/plugin.h>

static int32_t run(dw_call* call)
{
    return dw_put_null(call);
}

extern DW_EXPORT const dw_function_info lying_size__dw1;
const dw_function_info lying_size__dw1 = {
    sizeof(dw_function_info) + 4096, 0, DW_ABI_MINOR, 0, "Says 4096 bytes too many", NULL, NULL, 0, run, NULL, NULL};
