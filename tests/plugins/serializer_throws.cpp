// SPDX-License-Identifier: BSD-3-Clause
//
// serializer_throws.so: serializers that throw.
#include <dumbwaiter/plugin.h>

#include <stdexcept>

static int32_t write_throws(dw_call*, dw_value)
{
    throw std::runtime_error("thrown while it wrote");
}

static int32_t read_throws(dw_call*, const void*, uint64_t)
{
    throw 7;
}

static int32_t write_x(dw_call* call, dw_value)
{
    return dw_put_bytes(call, "x", 1);
}

static int32_t write_latin(dw_call*, dw_value)
{
    throw std::runtime_error("caf\xe9");
}

static int32_t read_latin(dw_call*, const void*, uint64_t)
{
    throw std::runtime_error("caf\xe9");
}

DW_SERIALIZER(latin, "Throws text that is not UTF-8", nullptr, write_latin, read_latin);
DW_SERIALIZER(writing, "Throws when it writes", nullptr, write_throws, read_throws);
DW_SERIALIZER(reading, "Throws when it reads", nullptr, write_x, read_throws);
