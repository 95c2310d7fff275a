// SPDX-License-Identifier: BSD-3-Clause
//
// aborting_constructor.so: dies when it is loaded.
#include <dumbwaiter/plugin.h>

#include <stdlib.h>

__attribute__((constructor)) static void die(void)
{
    abort();
}

DW_FUNCTION(whisper, "Says little")
{
    return dw_put_null(call);
}
