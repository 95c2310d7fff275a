// SPDX-License-Identifier: BSD-3-Clause
//
// no_run.so: a constant whose function is NULL.
#include <dumbwaiter/plugin.h>

extern DW_EXPORT const dw_function_info no_run__dw1;
const dw_function_info no_run__dw1 = {
    sizeof(dw_function_info), 0, DW_ABI_MINOR, 0, "Has no function", NULL, NULL, 0, NULL, NULL, NULL};
