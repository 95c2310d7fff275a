// SPDX-License-Identifier: BSD-3-Clause
//
// short_info.so: a constant that ends before `run`, shorter than any version had it.
#include <dumbwaiter/plugin.h>

typedef struct {
    uint32_t struct_size, flags, built_minor, required_minor;
    const char* summary;
} ShortInfo;

extern DW_EXPORT const ShortInfo short_info__dw1;
const ShortInfo short_info__dw1 = {sizeof(ShortInfo), 0, 0, 0, "Too short to have a function"};
