// SPDX-License-Identifier: BSD-3-Clause
//
// future.so: built for a host that is not there yet.
#define DW_REQUIRED_MINOR 999
#include <dumbwaiter/plugin.h>

DW_FUNCTION(future, "Needs ABI 1.999")
{
    return dw_put_null(call);
}
