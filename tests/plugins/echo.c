// SPDX-License-Identifier: BSD-3-Clause
//
// echo.so: gives back what it was given.
#include <dumbwaiter/plugin.h>

DW_FUNCTION(echo, "Its positional arguments")
{
    return dw_put_value(call, dw_args(call));
}

DW_FUNCTION(kwargs, "Its keyword arguments")
{
    return dw_put_value(call, dw_kwargs(call));
}

DW_FUNCTION(half, "Half of kwargs.n")
{
    int64_t n;
    if (dw_kwarg_i64(call, "n", &n) != DW_OK) return DW_ERROR;
    return dw_put_f64(call, (double)n / 2);
}

DW_FUNCTION(fails_with, "Fails with the text args[0]")
{
    const char* text;
    uint64_t length;
    if (dw_arg_str(call, 0, &text, &length) != DW_OK) return DW_ERROR;
    return dw_fail(call, text);
}

DW_FUNCTION(logs, "Logs the text args[0]")
{
    const char* text;
    uint64_t length;
    if (dw_arg_str(call, 0, &text, &length) != DW_OK) return DW_ERROR;
    dw_log(call, DW_LOG_WARNING, text);
    return dw_put_null(call);
}

static int32_t copy_scalar(dw_call* call, dw_value value)
{
    int32_t truth;
    int64_t i64;
    uint64_t u64, length;
    double f64;
    const char* text;
    const void* bytes;
    switch (dw_type(call, value)) {
        case DW_TYPE_NULL: return dw_put_null(call);
        case DW_TYPE_BOOL: return dw_as_bool(call, value, &truth) == DW_OK ? dw_put_bool(call, truth) : DW_ERROR;
        case DW_TYPE_I64: return dw_as_i64(call, value, &i64) == DW_OK ? dw_put_i64(call, i64) : DW_ERROR;
        case DW_TYPE_U64: return dw_as_u64(call, value, &u64) == DW_OK ? dw_put_u64(call, u64) : DW_ERROR;
        case DW_TYPE_F64: return dw_as_f64(call, value, &f64) == DW_OK ? dw_put_f64(call, f64) : DW_ERROR;
        case DW_TYPE_TIME: return dw_as_time(call, value, &i64) == DW_OK ? dw_put_time(call, i64) : DW_ERROR;
        case DW_TYPE_STR:
            return dw_as_str(call, value, &text, &length) == DW_OK ? dw_put_str(call, text, length) : DW_ERROR;
        case DW_TYPE_BYTES:
            return dw_as_bytes(call, value, &bytes, &length) == DW_OK ? dw_put_bytes(call, bytes, length) : DW_ERROR;
        default: return dw_fail(call, "a type that this plugin does not know");
    }
}

static int32_t copy(dw_call* call, dw_value value)
{
    uint32_t const type = dw_type(call, value);
    uint64_t i, length;
    const char* key;
    dw_value child;
    if (type != DW_TYPE_ARRAY && type != DW_TYPE_MAP) return copy_scalar(call, value);
    if (type == DW_TYPE_ARRAY) dw_open_array(call);
    if (type == DW_TYPE_MAP) dw_open_map(call);
    for (i = 0; i < dw_count(call, value); ++i) {
        if (type == DW_TYPE_ARRAY && dw_at(call, value, i, &child) != DW_OK) return DW_ERROR;
        if (type == DW_TYPE_MAP) {
            if (dw_entry(call, value, i, &key, &length, &child) != DW_OK) return DW_ERROR;
            dw_key(call, key, length);
        }
        if (copy(call, child) != DW_OK) return DW_ERROR;
    }
    return dw_close(call);
}

DW_FUNCTION(node_by_node, "Its positional and keyword arguments, copied node by node")
{
    dw_open_array(call);
    if (copy(call, dw_args(call)) != DW_OK || copy(call, dw_kwargs(call)) != DW_OK) return DW_ERROR;
    return dw_close(call);
}
