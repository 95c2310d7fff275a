// SPDX-License-Identifier: BSD-3-Clause
//
// drop_in_1.so and drop_in_2.so: a library that is put where it is run by itself, in two versions.
#include <dumbwaiter/plugin.h>

DW_FUNCTION_EX(beat, "Which version this is, often", 0, NULL, NULL, NULL, NULL, 50000000)
{
    return dw_put_i64(call, VERSION);
}

DW_FUNCTION(rarely, "Suggests no frequency")
{
    return dw_put_i64(call, VERSION);
}

DW_FUNCTION_EX(hastily, "Suggests a frequency that there is not", 0, NULL, NULL, NULL, NULL, 1)
{
    return dw_put_i64(call, VERSION);
}

DW_FUNCTION_EX(needs, "Gives back its argument", 0, NULL, NULL, "{\"minItems\": 1}", NULL, 50000000)
{
    int64_t number = 0;
    if (dw_arg_i64(call, 0, &number) != DW_OK) return DW_ERROR;
    return dw_put_i64(call, number);
}

#if VERSION == 1
DW_FUNCTION_EX(old, "In version 1 only", 0, NULL, NULL, NULL, NULL, 50000000)
{
    return dw_put_null(call);
}
#endif
