/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Preloaded into a host: a disk that now and then takes $SLOW_SYNC_MS to sync, every $SLOW_SYNC_EVERY-th time. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

static long setting(const char* name, long otherwise)
{
    const char* text = getenv(name);
    return text != NULL ? atol(text) : otherwise;
}

static void stall(void)
{
    static atomic_long calls;
    const long milliseconds = setting("SLOW_SYNC_MS", 0), every = setting("SLOW_SYNC_EVERY", 10);
    if (milliseconds == 0 || atomic_fetch_add(&calls, 1) % every != every - 1) return;
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

int fdatasync(int descriptor)
{
    int (*next)(int) = NULL;
    *(void**)&next = dlsym(RTLD_NEXT, "fdatasync");
    stall();
    return next(descriptor);
}
