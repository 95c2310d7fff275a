// SPDX-License-Identifier: BSD-3-Clause
//
// missing_dependency.so: cannot be loaded, for a symbol that nobody has.
#include <dumbwaiter/plugin.h>

extern int nobody_has_this_symbol(void);

DW_FUNCTION(orphan, "Calls what is not there")
{
    return dw_put_i64(call, nobody_has_this_symbol());
}
