// SPDX-License-Identifier: BSD-3-Clause
//
// counted_hang.so: never gets loaded, and leaves a byte in the file `tries` each time that somebody tries.
#include <dumbwaiter/plugin.h>

#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void hang(void)
{
    const int tries = open("tries", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (tries < 0 || write(tries, ".", 1) != 1) _exit(1);
    for (;;) pause();
}

DW_FUNCTION(whisper, "Says little")
{
    return dw_put_null(call);
}
