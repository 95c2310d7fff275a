// SPDX-License-Identifier: BSD-3-Clause
//
// raw.so: bytes that no serializer touches.
#include <dumbwaiter/plugin.h>

static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

DW_FUNCTION(png, "The first bytes of a picture, as image/png")
{
    return dw_put_raw(call, "image/png", png, sizeof png);
}

DW_FUNCTION(untyped, "Bytes without a media type")
{
    return dw_put_raw(call, NULL, "\0\1\2", 3);
}
