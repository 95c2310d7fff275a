// SPDX-License-Identifier: BSD-3-Clause
//
// serializers.so: one that is good and tiny, and many that are not.
#include <dumbwaiter/serializer.h>

static int32_t write_hex(dw_call* call, dw_value value)
{
    static const char digits[] = "0123456789abcdef";
    const void* json;
    uint64_t length, i;
    int32_t code = dw_encode(call, value, "json", &json, &length);
    for (i = 0; code == DW_OK && i < length; ++i) {
        const unsigned char byte = ((const unsigned char*)json)[i];
        const char pair[] = {digits[byte >> 4], digits[byte & 15]};
        code = dw_put_bytes(call, pair, 2);
    }
    return code;
}

static int digit(unsigned char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int32_t read_hex(dw_call* call, const void* bytes, uint64_t length)
{
    const unsigned char* text = bytes;
    char json[4096];
    dw_value value;
    uint64_t i;
    int32_t code;
    if (length % 2 != 0 || length / 2 > sizeof json) return DW_DAMAGED;
    for (i = 0; i < length; i += 2) {
        if (digit(text[i]) < 0 || digit(text[i + 1]) < 0) return dw_fail(call, "this is no hex");
        json[i / 2] = (char)(digit(text[i]) * 16 + digit(text[i + 1]));
    }
    code = dw_decode(call, "json", json, length / 2, &value);
    return code == DW_OK ? dw_put_value(call, value) : code;
}

DW_SERIALIZER(hex, "Hex text of JSON", "text/plain", write_hex, read_hex);

static int32_t refuse(dw_call* call, dw_value value)
{
    (void)value;
    return dw_fail(call, "it has no wish to");
}

static int32_t refuse_bytes(dw_call* call, const void* bytes, uint64_t length)
{
    (void)bytes, (void)length;
    return dw_fail(call, "it cannot read what it wrote");
}

static int32_t put_nothing(dw_call* call, dw_value value)
{
    (void)call, (void)value;
    return DW_OK;
}

static int32_t put_value(dw_call* call, dw_value value)
{
    return dw_put_value(call, value);
}

static int32_t put_number(dw_call* call, dw_value value)
{
    (void)value;
    return dw_put_i64(call, 7);
}

static int32_t return_code(dw_call* call, dw_value value)
{
    (void)call, (void)value;
    return 77;
}

static int32_t flood(dw_call* call, dw_value value)
{
    static const char page[4096];
    (void)value;
    while (dw_put_bytes(call, page, sizeof page) == DW_OK) continue;
    return DW_OK;
}

static int32_t read_other(dw_call* call, dw_value value)
{
    (void)value;
    return dw_read(call, "other", &value);
}

static int32_t write_x(dw_call* call, dw_value value)
{
    (void)value;
    return dw_put_bytes(call, "x", 1);
}

DW_SERIALIZER(refuses, "Fails with a text", NULL, refuse, refuse_bytes);
DW_SERIALIZER(silent, "Puts nothing", NULL, put_nothing, refuse_bytes);
DW_SERIALIZER(same_value, "Puts the value", NULL, put_value, refuse_bytes);
DW_SERIALIZER(number, "Puts a number", NULL, put_number, refuse_bytes);
DW_SERIALIZER(code, "Returns a code of its own", NULL, return_code, refuse_bytes);
DW_SERIALIZER(floods, "Puts more than there is room for", NULL, flood, refuse_bytes);
DW_SERIALIZER(reads, "Asks for another value", NULL, read_other, refuse_bytes);
DW_SERIALIZER(one_way, "Cannot read what it wrote", NULL, write_x, refuse_bytes);
DW_SERIALIZER(no_code, "Has no code", NULL, NULL, NULL);

DW_EXPORT extern const dw_serializer_info newer__dw1_serializer;
const dw_serializer_info newer__dw1_serializer = {sizeof(dw_serializer_info), 0, 7, 7, "", NULL, write_x, refuse_bytes};
DW_EXPORT extern const dw_serializer_info strict__dw1_serializer;
const dw_serializer_info strict__dw1_serializer = {
    sizeof(dw_serializer_info), (uint32_t)1 << 20, 0, 0, "", NULL, write_x, refuse_bytes};
DW_EXPORT extern const dw_serializer_info liar__dw1_serializer;
const dw_serializer_info liar__dw1_serializer = {4096, 0, 0, 0, "", NULL, write_x, refuse_bytes};

DW_FUNCTION(function, "No serializer")
{
    return dw_put_null(call);
}
