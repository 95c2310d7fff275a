// SPDX-License-Identifier: BSD-3-Clause
//
// hanging_constructor.so: never gets loaded.
#include <dumbwaiter/plugin.h>

#include <unistd.h>

__attribute__((constructor)) static void hang(void)
{
    while (pause() != 0) {
    }
}

DW_FUNCTION(whisper, "Says little")
{
    return dw_put_null(call);
}
