// SPDX-License-Identifier: BSD-3-Clause
//
// misuse.so: results that the rules do not allow. Each function says DW_OK all the same.
#include <dumbwaiter/plugin.h>

DW_FUNCTION(unclosed, "An array that is never closed")
{
    dw_open_array(call);
    dw_put_i64(call, 1);
    return DW_OK;
}

DW_FUNCTION(closed_twice, "A close too many")
{
    dw_open_array(call);
    dw_close(call);
    dw_close(call);
    return DW_OK;
}

DW_FUNCTION(duplicate_key, "A map with one key twice")
{
    dw_open_map(call);
    dw_key(call, "a", 1);
    dw_put_i64(call, 1);
    dw_key(call, "a", 1);
    dw_put_i64(call, 2);
    dw_close(call);
    return DW_OK;
}

DW_FUNCTION(key_without_map, "A key at the top")
{
    dw_key(call, "a", 1);
    dw_put_i64(call, 1);
    return DW_OK;
}

DW_FUNCTION(value_without_key, "A map's value without a key")
{
    dw_open_map(call);
    dw_put_i64(call, 1);
    dw_close(call);
    return DW_OK;
}

DW_FUNCTION(key_without_value, "A map's key without a value")
{
    dw_open_map(call);
    dw_key(call, "a", 1);
    dw_close(call);
    return DW_OK;
}

DW_FUNCTION(two_values, "Two values at the top")
{
    dw_put_i64(call, 1);
    dw_put_i64(call, 2);
    return DW_OK;
}

DW_FUNCTION(bad_utf8, "A string that is not UTF-8")
{
    dw_put_str(call, "caf\xe9", 4);
    return DW_OK;
}

DW_FUNCTION(too_deep, "Arrays nested deeper than 128")
{
    int depth;
    for (depth = 0; depth < 129; ++depth) dw_open_array(call);
    for (depth = 0; depth < 129; ++depth) dw_close(call);
    return DW_OK;
}

DW_FUNCTION(deepest, "Arrays nested 128 deep, which is allowed")
{
    int depth;
    for (depth = 0; depth < 128; ++depth) dw_open_array(call);
    for (depth = 0; depth < 128; ++depth) dw_close(call);
    return DW_OK;
}

DW_FUNCTION(no_handle, "Asks for a value by a handle that is none")
{
    int64_t number;
    return dw_as_i64(call, (dw_value)0x7fffffffffffffff, &number) == DW_OK ? DW_OK : DW_ERROR;
}
