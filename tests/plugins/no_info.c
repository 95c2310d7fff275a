// SPDX-License-Identifier: BSD-3-Clause
//
// no_info.so: a symbol without its constant; it must never be called.
#include <stdlib.h>

__attribute__((visibility("default"))) int bare(void* call);

int bare(void* call)
{
    (void)call;
    abort();
}
