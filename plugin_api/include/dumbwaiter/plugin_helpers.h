/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The inline helpers over dw_api that plugins call; included by plugin.h, not to be included alone.
 * Each gives DW_UNSUPPORTED where the host is older than the slot.
 */
#ifndef DUMBWAITER_PLUGIN_HELPERS_H
#define DUMBWAITER_PLUGIN_HELPERS_H

#define DW__HAS(call, slot) \
    ((call)->api->struct_size >= offsetof(dw_api, slot) + sizeof((call)->api->slot) && (call)->api->slot)
/* The slot stands in parentheses because some C libraries have macros called log, read or close. */
#define DW__CALL(call, slot, arguments) (DW__HAS(call, slot) ? ((call)->api->slot)arguments : DW_UNSUPPORTED)

/* ---- arguments [call-thread] ------------------------------------------------------------------------------------
 * args is an array, kwargs a map; both are there even when the manifest names none. A conversion that fails returns
 * DW_TYPE_MISMATCH and leaves *out alone; as_i64 and as_u64 convert when in range, as_f64 takes integers up to 2^53,
 * nothing else converts. If `run` then returns DW_ERROR, the report names the argument, what it is and what was wanted.
 */

DW_INLINE dw_value dw_args(dw_call* call)
{
    return DW__HAS(call, args) ? (call->api->args)(call) : 0;
}
DW_INLINE dw_value dw_kwargs(dw_call* call)
{
    return DW__HAS(call, kwargs) ? (call->api->kwargs)(call) : 0;
}

/* One of DW_TYPE_*; a type that this header does not know is never handed out. */
DW_INLINE uint32_t dw_type(dw_call* call, dw_value value)
{
    return DW__HAS(call, type) ? (call->api->type)(call, value) : DW_TYPE_NULL;
}

/* Elements of an array, entries of a map, bytes of a string or of bytes; 0 for the rest. */
DW_INLINE uint64_t dw_count(dw_call* call, dw_value value)
{
    return DW__HAS(call, count) ? (call->api->count)(call, value) : 0;
}

/* Element of an array; DW_NOT_FOUND past its end. Walking in order costs O(1) a step. */
DW_INLINE int32_t dw_at(dw_call* call, dw_value array, uint64_t index, dw_value* out)
{
    return DW__CALL(call, at, (call, array, index, out));
}

/* Value of a key in a map; DW_NOT_FOUND if there is none. */
DW_INLINE int32_t dw_get(dw_call* call, dw_value map, const char* key, dw_value* out)
{
    return DW__CALL(call, get, (call, map, key, out));
}

/* Key and value of the index-th entry of a map. Walking in order costs O(1) a step. */
DW_INLINE int32_t dw_entry(dw_call* call, dw_value map, uint64_t index, const char** key, uint64_t* length,
                           dw_value* out)
{
    return DW__CALL(call, entry, (call, map, index, key, length, out));
}

DW_INLINE int32_t dw_as_bool(dw_call* call, dw_value value, int32_t* out)
{
    return DW__CALL(call, as_bool, (call, value, out));
}
DW_INLINE int32_t dw_as_i64(dw_call* call, dw_value value, int64_t* out)
{
    return DW__CALL(call, as_i64, (call, value, out));
}
DW_INLINE int32_t dw_as_u64(dw_call* call, dw_value value, uint64_t* out)
{
    return DW__CALL(call, as_u64, (call, value, out));
}
DW_INLINE int32_t dw_as_f64(dw_call* call, dw_value value, double* out)
{
    return DW__CALL(call, as_f64, (call, value, out));
}
DW_INLINE int32_t dw_as_time(dw_call* call, dw_value value, int64_t* unix_ns)
{
    return DW__CALL(call, as_time, (call, value, unix_ns));
}
DW_INLINE int32_t dw_as_str(dw_call* call, dw_value value, const char** text, uint64_t* length)
{
    return DW__CALL(call, as_str, (call, value, text, length));
}
DW_INLINE int32_t dw_as_bytes(dw_call* call, dw_value value, const void** bytes, uint64_t* length)
{
    return DW__CALL(call, as_bytes, (call, value, bytes, length));
}

/* Short forms: the index-th positional argument, the keyword argument of that name. DW_NOT_FOUND if there is none. */
#define DW__SHORT_FORMS(suffix, type)                                              \
    DW_INLINE int32_t dw_arg_##suffix(dw_call* call, uint64_t index, type* out)    \
    {                                                                              \
        dw_value value;                                                            \
        int32_t code = dw_at(call, dw_args(call), index, &value);                  \
        return code != DW_OK ? code : dw_as_##suffix(call, value, out);            \
    }                                                                              \
    DW_INLINE int32_t dw_kwarg_##suffix(dw_call* call, const char* key, type* out) \
    {                                                                              \
        dw_value value;                                                            \
        int32_t code = dw_get(call, dw_kwargs(call), key, &value);                 \
        return code != DW_OK ? code : dw_as_##suffix(call, value, out);            \
    }
DW__SHORT_FORMS(bool, int32_t)
DW__SHORT_FORMS(i64, int64_t)
DW__SHORT_FORMS(u64, uint64_t)
DW__SHORT_FORMS(f64, double)
DW__SHORT_FORMS(time, int64_t)
#undef DW__SHORT_FORMS

#define DW__SHORT_FORMS(suffix, type)                                                                \
    DW_INLINE int32_t dw_arg_##suffix(dw_call* call, uint64_t index, type* out, uint64_t* length)    \
    {                                                                                                \
        dw_value value;                                                                              \
        int32_t code = dw_at(call, dw_args(call), index, &value);                                    \
        return code != DW_OK ? code : dw_as_##suffix(call, value, out, length);                      \
    }                                                                                                \
    DW_INLINE int32_t dw_kwarg_##suffix(dw_call* call, const char* key, type* out, uint64_t* length) \
    {                                                                                                \
        dw_value value;                                                                              \
        int32_t code = dw_get(call, dw_kwargs(call), key, &value);                                   \
        return code != DW_OK ? code : dw_as_##suffix(call, value, out, length);                      \
    }
DW__SHORT_FORMS(str, const char*)
DW__SHORT_FORMS(bytes, const void*)
#undef DW__SHORT_FORMS

/* ---- result [call-thread] -----------------------------------------------------------------------------------------
 * All or nothing: what was put is stored when `run` returns DW_OK, and forgotten otherwise. One top-level value a call.
 * A put that fails (DW_MISUSE, DW_LIMIT) is sticky: later puts return the same code, and DW_OK becomes an error. */

DW_INLINE int32_t dw_put_null(dw_call* call)
{
    return DW__CALL(call, put_null, (call));
}
DW_INLINE int32_t dw_put_bool(dw_call* call, int32_t truth)
{
    return DW__CALL(call, put_bool, (call, truth));
}
DW_INLINE int32_t dw_put_i64(dw_call* call, int64_t number)
{
    return DW__CALL(call, put_i64, (call, number));
}
DW_INLINE int32_t dw_put_u64(dw_call* call, uint64_t number)
{
    return DW__CALL(call, put_u64, (call, number));
}
DW_INLINE int32_t dw_put_f64(dw_call* call, double number)
{
    return DW__CALL(call, put_f64, (call, number));
}
DW_INLINE int32_t dw_put_time(dw_call* call, int64_t unix_ns)
{
    return DW__CALL(call, put_time, (call, unix_ns));
}
DW_INLINE int32_t dw_put_str(dw_call* call, const char* text, uint64_t length)
{
    return DW__CALL(call, put_str, (call, text, length));
}
DW_INLINE int32_t dw_put_bytes(dw_call* call, const void* bytes, uint64_t length)
{
    return DW__CALL(call, put_bytes, (call, bytes, length));
}
DW_INLINE int32_t dw_open_array(dw_call* call)
{
    return DW__CALL(call, open_array, (call));
}
DW_INLINE int32_t dw_open_map(dw_call* call)
{
    return DW__CALL(call, open_map, (call));
}

/* Names the next value put into the open map; DW_MISUSE for a key that the map has already. */
DW_INLINE int32_t dw_key(dw_call* call, const char* text, uint64_t length)
{
    return DW__CALL(call, key, (call, text, length));
}

/* Closes the innermost open array or map. */
DW_INLINE int32_t dw_close(dw_call* call)
{
    return DW__CALL(call, close, (call));
}

/* Copies an argument, or a value that dw_read gave, whole. */
DW_INLINE int32_t dw_put_value(dw_call* call, dw_value value)
{
    return DW__CALL(call, put_value, (call, value));
}

/* Stores these bytes as they are, past every serializer. media_type (such as "image/png") may be NULL; it has at
 * most 255 bytes, else DW_LIMIT. */
DW_INLINE int32_t dw_put_raw(dw_call* call, const char* media_type, const void* bytes, uint64_t length)
{
    return DW__CALL(call, put_raw, (call, media_type, bytes, length));
}

/* ---- outcome [call-thread] ----------------------------------------------------------------------------------------
 */

/* Sets the text of the error report (copied, at most 64 KiB kept) and returns DW_ERROR. */
DW_INLINE int32_t dw_fail(dw_call* call, const char* utf8)
{
    return DW__HAS(call, fail) ? (call->api->fail)(call, utf8) : DW_ERROR;
}

/* ---- context -------------------------------------------------------------------------------------------------------
 */

/* The function's name in the manifest. [call-thread] */
DW_INLINE const char* dw_name(dw_call* call)
{
    return DW__HAS(call, name) ? (call->api->name)(call) : "";
}

/* The sequence this value will get, from 1 on; 0 where the host does not say. [call-thread] */
DW_INLINE uint64_t dw_sequence(dw_call* call)
{
    return DW__HAS(call, sequence) ? (call->api->sequence)(call) : 0;
}

/* When the invocation times out, on CLOCK_MONOTONIC in nanoseconds; 0 = never. [call-thread] */
DW_INLINE uint64_t dw_deadline_ns(dw_call* call)
{
    return DW__HAS(call, deadline_ns) ? (call->api->deadline_ns)(call) : 0;
}

/* 1 once the deadline has passed or the host is stopping, else 0. [any-thread] */
DW_INLINE int32_t dw_cancelled(dw_call* call)
{
    return DW__HAS(call, cancelled) ? (call->api->cancelled)(call) : 0;
}

/* A descriptor that becomes readable when dw_cancelled turns 1: poll it beside a socket. Made at the first call; it
 * belongs to the host, is never to be read or closed by the plugin. A negative code if none can be had. [any-thread] */
DW_INLINE int32_t dw_cancel_fd(dw_call* call)
{
    return DW__CALL(call, cancel_fd, (call));
}

/* Sleeps on the call's thread; DW_CANCELLED if it ended early because the call was cancelled. [call-thread] */
DW_INLINE int32_t dw_sleep_ns(dw_call* call, uint64_t duration)
{
    return DW__CALL(call, sleep_ns, (call, duration));
}

/* Writes one line to the host's log, with the function's name. [any-thread] */
DW_INLINE void dw_log(dw_call* call, uint32_t level, const char* utf8)
{
    if (DW__HAS(call, log)) (call->api->log)(call, level, utf8);
}

/* What `create` left in *state; NULL without create. [call-thread] */
DW_INLINE void* dw_state(dw_call* call)
{
    return DW__HAS(call, state) ? (call->api->state)(call) : NULL;
}

/* Newest value of another function; one's own name gives the previous value. It counts every result that was accepted
 * before this invocation began. DW_NOT_FOUND if there is none yet. [call-thread] */
DW_INLINE int32_t dw_read(dw_call* call, const char* name, dw_value* out)
{
    return DW__CALL(call, read, (call, name, out));
}

/* A table of further services by its id, such as "dumbwaiter.progress/1"; NULL if the host has none. [call-thread] */
DW_INLINE const void* dw_extension(dw_call* call, const char* id)
{
    return DW__HAS(call, extension) ? (call->api->extension)(call, id) : NULL;
}

#endif /* DUMBWAITER_PLUGIN_HELPERS_H */
