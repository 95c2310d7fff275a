/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The plugin ABI of dumbwaiter, version 1: all that a shared object needs so that the host can run its
 * functions. C89 to C++20; needs no library of ours, and leaves no undefined symbol of the host.
 *
 *     #include <dumbwaiter/plugin.h>
 *     #include <time.h>
 *     DW_FUNCTION(now, "Seconds since the epoch") { return dw_put_i64(call, (int64_t)time(NULL)); }
 *
 * Crossing rules
 * - Only fixed-width integers, pointers and lengths cross. Text is UTF-8; what the host gives is also NUL-terminated.
 * - Each side frees only what it allocated. What the host gives is valid until the call returns; what the plugin
 *   gives is copied before the helper returns.
 * - Structs begin with their size and grow at their tail only. ABI.md (beside this folder) has the rules of growth.
 * - A C++ exception that leaves `run` or `create` becomes an error report; nothing else may unwind out of a plugin.
 *
 * Thread tags
 * - [call-thread]: only on the thread that runs the call, before it returns.
 * - [any-thread]:  on any thread, before the call returns.
 */
#ifndef DUMBWAITER_PLUGIN_H
#define DUMBWAITER_PLUGIN_H

#include <dumbwaiter/codes.h>
#include <stddef.h>
#include <stdint.h>

#define DW_ABI_MAJOR 1
#define DW_ABI_MINOR 0

/* The oldest host minor that the functions of this file can do with. Define it before the include to ask for more;
 * without, a helper that the host lacks returns DW_UNSUPPORTED and the function may go on without it. */
#ifndef DW_REQUIRED_MINOR
#define DW_REQUIRED_MINOR 0
#endif

#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L)
#define DW_INLINE static inline
#else
#define DW_INLINE static __inline__
#endif

#ifdef __cplusplus
#define DW_EXTERN extern "C"
#else
#define DW_EXTERN extern
#endif

#define DW_EXPORT __attribute__((visibility("default")))
#define DW_UNUSED __attribute__((unused))

/* Whole seconds as the nanoseconds that a suggested frequency wants. */
#define DW_SECONDS(count) ((int64_t)(count)*1000000000)

#ifdef __cplusplus
extern "C" {
#endif

/* ---- values ------------------------------------------------------------------------------------------------ */

/* A handle to one node of the arguments or of a value that dw_read gave; valid until the call returns. */
typedef uint64_t dw_value;

#define DW_TYPE_NULL ((uint32_t)0)
#define DW_TYPE_BOOL ((uint32_t)1)
#define DW_TYPE_I64 ((uint32_t)2)
#define DW_TYPE_U64 ((uint32_t)3) /* only for integers above the i64 maximum */
#define DW_TYPE_F64 ((uint32_t)4)
#define DW_TYPE_STR ((uint32_t)5)
#define DW_TYPE_BYTES ((uint32_t)6)
#define DW_TYPE_TIME ((uint32_t)7) /* nanoseconds since the Unix epoch, UTC */
#define DW_TYPE_ARRAY ((uint32_t)8)
#define DW_TYPE_MAP ((uint32_t)9) /* entries keep their order */

/* ---- flags of a function ------------------------------------------------------------------------------------- */

#define DW_SERIAL ((uint32_t)1)         /* at most one invocation of this symbol at a time */
#define DW_SERIAL_LIBRARY ((uint32_t)2) /* at most one invocation of this whole library at a time */
#define DW_PROCESS_ONLY ((uint32_t)4)   /* never run inside the host's own process */
/* Flags from 1 << 16 up are must-understand: a host that does not know one refuses the function. */

/* ---- log levels ------------------------------------------------------------------------------------------------ */

#define DW_LOG_DEBUG ((uint32_t)0)
#define DW_LOG_INFO ((uint32_t)1)
#define DW_LOG_WARNING ((uint32_t)2)
#define DW_LOG_ERROR ((uint32_t)3)

/* ---- the host's side of one call ------------------------------------------------------------------------------ */

typedef struct dw_call dw_call;

/* The host's services, handed in with each call. It grows only at its end; use the inline helpers, which check that a
 * slot is there. Unless noted, a slot returns DW_OK or one of the codes below 0, is [call-thread], and does not block.
 */
typedef struct dw_api {
    uint32_t struct_size;
    uint32_t minor; /* the host's DW_ABI_MINOR */

    dw_value (*args)(dw_call*);
    dw_value (*kwargs)(dw_call*);
    uint32_t (*type)(dw_call*, dw_value);
    uint64_t (*count)(dw_call*, dw_value);
    int32_t (*at)(dw_call*, dw_value, uint64_t index, dw_value* out);
    int32_t (*get)(dw_call*, dw_value, const char* key, dw_value* out);
    int32_t (*entry)(dw_call*, dw_value, uint64_t index, const char** key, uint64_t* length, dw_value* out);
    int32_t (*as_bool)(dw_call*, dw_value, int32_t* out);
    int32_t (*as_i64)(dw_call*, dw_value, int64_t* out);
    int32_t (*as_u64)(dw_call*, dw_value, uint64_t* out);
    int32_t (*as_f64)(dw_call*, dw_value, double* out);
    int32_t (*as_time)(dw_call*, dw_value, int64_t* unix_ns);
    int32_t (*as_str)(dw_call*, dw_value, const char** text, uint64_t* length);
    int32_t (*as_bytes)(dw_call*, dw_value, const void** bytes, uint64_t* length);

    int32_t (*put_null)(dw_call*);
    int32_t (*put_bool)(dw_call*, int32_t);
    int32_t (*put_i64)(dw_call*, int64_t);
    int32_t (*put_u64)(dw_call*, uint64_t);
    int32_t (*put_f64)(dw_call*, double);
    int32_t (*put_time)(dw_call*, int64_t unix_ns);
    int32_t (*put_str)(dw_call*, const char* text, uint64_t length);
    int32_t (*put_bytes)(dw_call*, const void* bytes, uint64_t length);
    int32_t (*open_array)(dw_call*);
    int32_t (*open_map)(dw_call*);
    int32_t (*key)(dw_call*, const char* text, uint64_t length);
    int32_t (*close)(dw_call*);
    int32_t (*put_value)(dw_call*, dw_value);
    int32_t (*put_raw)(dw_call*, const char* media_type, const void* bytes, uint64_t length);

    int32_t (*fail)(dw_call*, const char* utf8);

    const char* (*name)(dw_call*);
    uint64_t (*sequence)(dw_call*);
    uint64_t (*deadline_ns)(dw_call*);
    int32_t (*cancelled)(dw_call*);                          /* [any-thread] */
    int32_t (*cancel_fd)(dw_call*);                          /* [any-thread] */
    int32_t (*sleep_ns)(dw_call*, uint64_t duration);        /* blocks */
    void (*log)(dw_call*, uint32_t level, const char* utf8); /* [any-thread] */
    void* (*state)(dw_call*);
    int32_t (*read)(dw_call*, const char* name, dw_value* out);
    const void* (*extension)(dw_call*, const char* id);
} dw_api;

/* One invocation. Its address is good until the call returns; the fields behind `api` are the host's own. */
struct dw_call {
    const dw_api* api;
};

/* ---- what a library exports ------------------------------------------------------------------------------------- */

/* One function; exported as the constant SYMBOL__dw1, so its address and all it points to last as long as the library.
 * The host takes the smaller of both sizes, and refuses one that is shorter than in ABI 1.0. */
typedef struct dw_function_info {
    uint32_t struct_size;
    uint32_t flags;
    uint32_t built_minor;    /* DW_ABI_MINOR of the header it was built with */
    uint32_t required_minor; /* a host with a smaller minor refuses the function */
    const char* summary;
    const char* args_schema;        /* JSON Schema text, or NULL */
    const char* result_schema;      /* JSON Schema text, or NULL */
    int64_t suggested_frequency_ns; /* 0 = none */
    int32_t (*run)(dw_call*);
    /* Both may be NULL. create runs before the first run, on a worker, sees the arguments, has no result (a put is
     * DW_MISUSE), and may fail as run does: it is tried again at the next due time, after DW_DISABLE when somebody says
     * so. destroy runs with no invocation alive, only after a create that returned DW_OK. State belongs to one entry of
     * the manifest, which never overlaps itself: it needs no lock. */
    int32_t (*create)(dw_call*, void** state);
    void (*destroy)(void* state);
} dw_function_info;

/* One serializer; exported as the constant SYMBOL__dw1_serializer. Options are dw_kwargs. serialize() gets the value
 * and leaves the bytes by dw_put_bytes (pieces are joined); deserialize() gets the bytes and leaves the value by
 * dw_put_*. Both run on a worker or in a reader, never in the writer; two calls may run at once. */
typedef struct dw_serializer_info {
    uint32_t struct_size;
    uint32_t flags;
    uint32_t built_minor;
    uint32_t required_minor;
    const char* summary;
    const char* media_type;
    int32_t (*serialize)(dw_call*, dw_value);
    int32_t (*deserialize)(dw_call*, const void* bytes, uint64_t length);
} dw_serializer_info;

#ifdef __cplusplus
}
#endif

#define DW__DEFINE(info, code, summary, flags, create, destroy, args_schema, result_schema, suggested_ns)    \
    static int32_t code(dw_call* call);                                                                      \
    DW_EXTERN DW_EXPORT const dw_function_info info;                                                         \
    const dw_function_info info = {                                                                          \
        sizeof(dw_function_info), (flags),        DW_ABI_MINOR, DW_REQUIRED_MINOR, (summary), (args_schema), \
        (result_schema),          (suggested_ns), code,         (create),          (destroy)};               \
    static int32_t code(DW_UNUSED dw_call* call)

/* Exports a function. The body follows and sees `dw_call *call`. `symbol` may be any identifier, also `read` or
 * `time`: the code itself is static, only symbol__dw1 is exported. */
#define DW_FUNCTION(symbol, summary) DW__DEFINE(symbol##__dw1, symbol##__dw1_run, summary, 0, NULL, NULL, NULL, NULL, 0)

#define DW_FUNCTION_EX(symbol, summary, flags, create, destroy, args_schema, result_schema, suggested_frequency_ns) \
    DW__DEFINE(symbol##__dw1, symbol##__dw1_run, summary, flags, create, destroy, args_schema, result_schema,       \
               suggested_frequency_ns)

/* Exports a serializer made of two functions; ends with a semicolon. */
#define DW_SERIALIZER(symbol, summary, media_type, serialize, deserialize)           \
    DW_EXTERN DW_EXPORT const dw_serializer_info symbol##__dw1_serializer;           \
    const dw_serializer_info symbol##__dw1_serializer = {sizeof(dw_serializer_info), \
                                                         0,                          \
                                                         DW_ABI_MINOR,               \
                                                         DW_REQUIRED_MINOR,          \
                                                         (summary),                  \
                                                         (media_type),               \
                                                         (serialize),                \
                                                         (deserialize)}

#include <dumbwaiter/plugin_helpers.h>

#endif /* DUMBWAITER_PLUGIN_H */
