// SPDX-License-Identifier: BSD-3-Clause
//
// nan.so: floats at the edge of what serializers can hold.
#include <dumbwaiter/plugin.h>

#include <math.h>

DW_FUNCTION(nan, "Not a number, which json cannot hold")
{
    return dw_put_f64(call, (double)NAN);
}

DW_FUNCTION(infinity, "Infinity within an array")
{
    dw_open_array(call);
    dw_put_f64(call, 1.0);
    dw_put_f64(call, (double)INFINITY);
    return dw_close(call);
}

DW_FUNCTION(whole, "A whole float, which has to stay one")
{
    return dw_put_f64(call, 2.0);
}

DW_FUNCTION(bytes, "Bytes, which json cannot hold")
{
    return dw_put_bytes(call, "\x00\xff", 2);
}
