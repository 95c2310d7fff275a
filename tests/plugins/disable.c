// SPDX-License-Identifier: BSD-3-Clause
//
// disable.so: asks to be left alone.
#include <dumbwaiter/plugin.h>

DW_FUNCTION(disable, "Asks not to be run again")
{
    dw_fail(call, "there is no such device on this machine");
    return DW_DISABLE;
}
