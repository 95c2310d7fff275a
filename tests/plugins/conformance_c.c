// SPDX-License-Identifier: BSD-3-Clause
//
// conformance_c.so: every slot of the ABI used once, in C with our macros. The same functions are in
// conformance_cpp.cpp, no_macros.c and rust_plain.rs; tests/process/conformance.hpp says what they give.
#include <dumbwaiter/plugin.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

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

DW_FUNCTION(echo, "Its arguments, copied node by node")
{
    dw_open_array(call);
    if (copy(call, dw_args(call)) != DW_OK || copy(call, dw_kwargs(call)) != DW_OK) return DW_ERROR;
    return dw_close(call);
}

DW_FUNCTION(whole, "Its positional arguments, copied at once")
{
    return dw_put_value(call, dw_args(call));
}

#define KEY(text) dw_key(call, text, strlen(text))

DW_FUNCTION(types, "A map with one of each type")
{
    dw_open_map(call);
    KEY("null"), dw_put_null(call);
    KEY("bool"), dw_put_bool(call, 1);
    KEY("i64"), dw_put_i64(call, INT64_MIN);
    KEY("u64"), dw_put_u64(call, UINT64_MAX);
    KEY("f64"), dw_put_f64(call, 0.1);
    KEY("str"), dw_put_str(call, "snow \xe2\x98\x83", 8);
    KEY("bytes"), dw_put_bytes(call, "\0\xff\x80", 3);
    KEY("time"), dw_put_time(call, 1700000000123456789);
    KEY("array"), dw_open_array(call), dw_close(call);
    KEY("map"), dw_open_map(call), dw_close(call);
    return dw_close(call);
}

DW_FUNCTION(relay, "The newest value of the function args[0], copied node by node")
{
    const char* name;
    uint64_t length;
    dw_value value;
    if (dw_arg_str(call, 0, &name, &length) != DW_OK || dw_read(call, name, &value) != DW_OK) return DW_ERROR;
    return copy(call, value);
}

DW_FUNCTION(raw, "Bytes with a media type")
{
    return dw_put_raw(call, "application/x-conformance", "\x01\x00\x02", 3);
}

DW_FUNCTION(ends, "Logs args[0], makes it its report and returns args[1]")
{
    const char* text;
    uint64_t length;
    int64_t code;
    if (dw_arg_str(call, 0, &text, &length) != DW_OK || dw_arg_i64(call, 1, &code) != DW_OK) return DW_ERROR;
    dw_log(call, DW_LOG_WARNING, text);
    if (dw_fail(call, text) != DW_ERROR) return DW_MISUSE;
    return (int32_t)code;
}

DW_FUNCTION(wants, "kwargs.n, an integer")
{
    int64_t n;
    if (dw_kwarg_i64(call, "n", &n) != DW_OK) return DW_ERROR;
    return dw_put_i64(call, n);
}

DW_FUNCTION(steady, "42, and unchanged from then on")
{
    dw_value previous;
    if (dw_read(call, dw_name(call), &previous) == DW_OK) return DW_UNCHANGED;
    return dw_put_i64(call, 42);
}

static int32_t create(dw_call* call, void** state)
{
    int64_t* const count = malloc(sizeof *count);
    if (!count) return dw_fail(call, "out of memory");
    if (dw_kwarg_i64(call, "from", count) != DW_OK) {
        free(count);  // no destroy after a create that failed
        return DW_ERROR;
    }
    *state = count;
    return DW_OK;
}

DW_FUNCTION_EX(counter, "Counts in its state, on from kwargs.from, and asks for more until kwargs.until", DW_SERIAL,
               create, free, "{}", "{\"type\": \"integer\"}", DW_SECONDS(15))
{
    int64_t* const count = dw_state(call);
    int64_t until;
    if (dw_kwarg_i64(call, "until", &until) != DW_OK) return DW_ERROR;
    if (++*count >= until) return dw_put_i64(call, *count);
    dw_fail(call, "not yet");
    return DW_RETRY;
}

DW_FUNCTION(context, "What a call knows of itself")
{
    dw_open_map(call);
    KEY("name"), dw_put_str(call, dw_name(call), strlen(dw_name(call)));
    KEY("sequence"), dw_put_u64(call, dw_sequence(call));
    KEY("has a deadline"), dw_put_bool(call, dw_deadline_ns(call) != 0);
    KEY("is cancelled"), dw_put_bool(call, dw_cancelled(call));
    KEY("has a descriptor"), dw_put_bool(call, dw_cancel_fd(call) >= 0);
    KEY("has a state"), dw_put_bool(call, dw_state(call) != NULL);
    KEY("has an extension"), dw_put_bool(call, dw_extension(call, "nobody.has/1") != NULL);
    return dw_close(call);
}

DW_FUNCTION(waits, "Waits until it is cancelled: \"asleep\", at the \"descriptor\", or \"awake\"")
{
    const char* how;
    uint64_t length;
    if (dw_arg_str(call, 0, &how, &length) != DW_OK) return DW_ERROR;
    if (how[1] == 's') return dw_sleep_ns(call, UINT64_C(60000000000));
    if (how[1] == 'e') {
        struct pollfd descriptor = {dw_cancel_fd(call), POLLIN, 0};
        if (poll(&descriptor, 1, 60000) != 1) return dw_fail(call, "nobody came");
    }
    while (!dw_cancelled(call)) poll(NULL, 0, 1);
    return DW_CANCELLED;
}
