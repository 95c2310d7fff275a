/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Functions that publish what they take: one says it well, one does not.
 */
#include <dumbwaiter/plugin.h>

#define SCALED                                                                                                  \
    "{\"prefixItems\": [{\"type\": \"number\"}], \"minItems\": 1, \"maxItems\": 1, \"kwargs\": {\"properties\": {" \
    "\"unit\": {\"enum\": [\"m\", \"km\"]}, \"by\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 10}}, "   \
    "\"additionalProperties\": false}}"

DW_FUNCTION_EX(scaled, "args[0] times kwargs.by", 0, NULL, NULL, SCALED, "{\"type\": \"number\"}", 0)
{
    double number = 0;
    int64_t by = 1;
    if (dw_arg_f64(call, 0, &number) != DW_OK) return DW_ERROR;
    dw_kwarg_i64(call, "by", &by);
    return dw_put_f64(call, number * (double)by);
}

DW_FUNCTION_EX(nonsense, "Its schema has a type that there is not", 0, NULL, NULL, "{\"type\": \"strnig\"}", NULL, 0)
{
    return dw_put_null(call);
}
