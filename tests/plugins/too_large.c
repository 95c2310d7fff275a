// SPDX-License-Identifier: BSD-3-Clause
//
// too_large.so: results past the limit of 1 MiB.
#include <dumbwaiter/plugin.h>

#include <stdlib.h>
#include <string.h>

DW_FUNCTION(string, "A string of 2 MiB")
{
    uint64_t const length = (uint64_t)2 << 20;
    char* const text = malloc(length);
    int32_t code;
    if (!text) return dw_fail(call, "out of memory");
    memset(text, 'x', length);
    code = dw_put_str(call, text, length);
    free(text);
    (void)code;
    return DW_OK;
}

DW_FUNCTION(numbers, "An array that goes on until a put is refused")
{
    int64_t number = 0;
    dw_open_array(call);
    while (number < ((int64_t)1 << 24) && dw_put_i64(call, number) == DW_OK) ++number;
    dw_close(call);
    return DW_OK;
}

DW_FUNCTION(code, "A string of 2 MiB, and the code of the put that failed is returned as it is")
{
    uint64_t const length = (uint64_t)2 << 20;
    char* const text = calloc(1, length);
    int32_t code;
    if (!text) return dw_fail(call, "out of memory");
    code = dw_put_str(call, text, length);
    free(text);
    return code;
}
