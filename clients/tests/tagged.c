/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tagged.so: gives back its argument, in which strings stand for all scalars, so that a manifest can say what TOML
 * cannot: "n:" null, "y:1" true, "i:-5" and "i:18446744073709551615", "f:7ff8000000000000" the bits of a float,
 * "s:text", "b:00ff" bytes, "t:5" nanoseconds since the epoch.
 */
#include <dumbwaiter/plugin.h>

#include <stdlib.h>
#include <string.h>

static int32_t put_integer(dw_call* call, const char* digits)
{
    if (*digits == '-') return dw_put_i64(call, strtoll(digits, NULL, 10));
    return dw_put_u64(call, strtoull(digits, NULL, 10));
}

static int32_t put_float(dw_call* call, const char* bits)
{
    uint64_t const number = strtoull(bits, NULL, 16);
    double f64;
    memcpy(&f64, &number, sizeof f64);
    return dw_put_f64(call, f64);
}

static int32_t put_bytes(dw_call* call, const char* hex, uint64_t length)
{
    unsigned char bytes[256];
    uint64_t i;
    if (length / 2 > sizeof bytes) return dw_fail(call, "too many bytes");
    for (i = 0; i < length / 2; ++i) {
        char const pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
        bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return dw_put_bytes(call, bytes, length / 2);
}

static int32_t put_scalar(dw_call* call, dw_value value)
{
    const char* text;
    uint64_t length;
    if (dw_as_str(call, value, &text, &length) != DW_OK) return DW_ERROR;
    if (length < 2 || text[1] != ':') return dw_fail(call, "a string without a tag");
    switch (text[0]) {
        case 'n': return dw_put_null(call);
        case 'y': return dw_put_bool(call, text[2] == '1');
        case 'i': return put_integer(call, text + 2);
        case 'f': return put_float(call, text + 2);
        case 's': return dw_put_str(call, text + 2, length - 2);
        case 'b': return put_bytes(call, text + 2, length - 2);
        case 't': return dw_put_time(call, strtoll(text + 2, NULL, 10));
        default: return dw_fail(call, "an unknown tag");
    }
}

static int32_t put(dw_call* call, dw_value value)
{
    uint32_t const type = dw_type(call, value);
    uint64_t i, length;
    const char* key;
    dw_value child;
    if (type != DW_TYPE_ARRAY && type != DW_TYPE_MAP) return put_scalar(call, value);
    if (type == DW_TYPE_ARRAY)
        dw_open_array(call);
    else
        dw_open_map(call);
    for (i = 0; i < dw_count(call, value); ++i) {
        if (type == DW_TYPE_ARRAY) {
            if (dw_at(call, value, i, &child) != DW_OK) return DW_ERROR;
        } else {
            if (dw_entry(call, value, i, &key, &length, &child) != DW_OK) return DW_ERROR;
            dw_key(call, key, length);
        }
        if (put(call, child) != DW_OK) return DW_ERROR;
    }
    return dw_close(call);
}

DW_FUNCTION(untag, "Its first argument, with what its tagged strings stand for")
{
    dw_value value;
    if (dw_at(call, dw_args(call), 0, &value) != DW_OK) return dw_fail(call, "no argument");
    return put(call, value);
}
