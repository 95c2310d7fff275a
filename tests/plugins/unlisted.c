// SPDX-License-Identifier: BSD-3-Clause
//
// unlisted.so: a return value that the contract does not list.
#include <dumbwaiter/plugin.h>

DW_FUNCTION(seventy_seven, "Returns 77")
{
    dw_put_i64(call, 1);
    return 77;
}
