// SPDX-License-Identifier: BSD-3-Clause
//
// version_1.so and version_2.so: the same library in two versions.
#include <dumbwaiter/plugin.h>

DW_FUNCTION(version, "Which version this is")
{
    return dw_put_i64(call, VERSION);
}
