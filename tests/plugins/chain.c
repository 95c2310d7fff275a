// SPDX-License-Identifier: BSD-3-Clause
//
// chain.so: functions that read the values of others.
#include <dumbwaiter/plugin.h>

#include <stdlib.h>

DW_FUNCTION(seed, "Twenty-one")
{
    return dw_put_i64(call, 21);
}

DW_FUNCTION(doubles, "Twice the value of the function that args[0] names")
{
    const char* name;
    uint64_t length;
    dw_value value;
    int64_t number;
    int32_t code;
    if (dw_arg_str(call, 0, &name, &length) != DW_OK) return DW_ERROR;
    code = dw_read(call, name, &value);
    if (code == DW_NOT_FOUND) return dw_fail(call, "there is no value to double yet");
    if (code != DW_OK) return code;
    if (dw_as_i64(call, value, &number) != DW_OK) return DW_ERROR;
    return dw_put_i64(call, 2 * number);
}

DW_FUNCTION(successor, "One more than its own previous value; 1 at first")
{
    dw_value previous;
    int64_t number = 0;
    int32_t const code = dw_read(call, dw_name(call), &previous);
    if (code == DW_OK && dw_as_i64(call, previous, &number) != DW_OK) return DW_ERROR;
    if (code != DW_OK && code != DW_NOT_FOUND) return code;
    return dw_put_i64(call, number + 1);
}

DW_FUNCTION(copies, "The whole value of the function that args[0] names")
{
    const char* name;
    uint64_t length;
    dw_value value;
    if (dw_arg_str(call, 0, &name, &length) != DW_OK) return DW_ERROR;
    if (dw_read(call, name, &value) != DW_OK) return DW_ERROR;
    return dw_put_value(call, value);
}
