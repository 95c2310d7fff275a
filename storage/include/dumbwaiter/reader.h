/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The reader library: newest values, history and error reports of a dumbwaiter store, without a server, a lock or a
 * wait. C89 to C++20; can be included together with plugin.h.
 *
 * - All functions are thread-safe. Each read takes one fresh snapshot; nothing is held between calls.
 * - Opening a store twice in one process shares it. After fork(), handles go on in the child, which opens the store anew.
 * - A store must be opened through one copy of LMDB in a process: do not open it with an LMDB binding of your own
 *   beside this library in the same process.
 * - Times are nanoseconds since the Unix epoch. Codes are those of codes.h.
 */
#ifndef DUMBWAITER_READER_H
#define DUMBWAITER_READER_H

#include <stddef.h>
#include <stdint.h>

#include <dumbwaiter/codes.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DW_READER_EXPORT __attribute__((visibility("default")))

#define DW_STATE_FRESH ((uint32_t)1)
#define DW_STATE_STALE ((uint32_t)2)

/* Opaque: a store opened for reading. */
typedef struct dw_reader dw_reader;

/* One record. Set struct_size (and zero the rest) before the first use; reuse it for as many calls as you like: its
 * buffer is kept. Not thread-safe by itself: one reading a thread. `data` belongs to the reading, outlives the reader,
 * and is valid until the next call with this reading; it is NULL after any code but DW_OK, but for those of
 * dw_get_value_fresh. */
typedef struct dw_reading {
    uint32_t struct_size; /* set by the caller: sizeof(dw_reading) */
    uint32_t state;       /* DW_STATE_*, as of the call */
    uint64_t sequence;    /* 1, 2, ... for each name, for ever */
    int64_t due, started, finished;
    int64_t fresh_until;  /* 0 = always */
    uint32_t serializer;  /* 0 raw, 1 json, 2 msgpack, 3 cbor, 128..254 plugins */
    uint32_t outcome;     /* 0 ok; of error reports 1 failed, 2 threw, 3 timed out, 4 crashed, 5 too large, 6 refused, 7 cancelled, 8 malformed */
    const void *data;
    uint64_t length;
    uint64_t reserved[8]; /* the library's own */
} dw_reading;

/* Opens the store in the folder `path`. DW_NO_STORE: there is none, or it is none of ours; DW_DENIED: no access. On
 * failure *reader is NULL and dw_reader_error() says why. Close it with dw_reader_close. */
DW_READER_EXPORT int32_t dw_reader_open(const char *path, dw_reader **reader);

/* Gives the handle back. Readings stay valid. NULL is allowed. */
DW_READER_EXPORT void dw_reader_close(dw_reader *reader);

/* Lets this reader load serializer plugins from `folder`, besides the installed plugin folder, to decode the values that
 * they wrote: their code then runs in this process. No other place is ever looked into, and no environment variable.
 * May be called several times; folders are searched in that order. DW_NOT_FOUND: there is no such folder. */
DW_READER_EXPORT int32_t dw_reader_allow_plugins(dw_reader *reader, const char *folder);

/* One sentence about the last failure on this thread, with what to do; valid until this thread's next call. Never NULL. */
DW_READER_EXPORT const char *dw_reader_error(void);

/* Newest value of a name. DW_NOT_FOUND: none yet; DW_DAMAGED: its check fails. Fastest with the reading that this name
 * was read into before: while nothing was committed since, it holds the newest value still. A thread that reads
 * thousands of names keeps up to 8 MiB to find them again, until it ends or reads fewer. */
DW_READER_EXPORT int32_t dw_get_value(dw_reader *reader, const char *name, dw_reading *reading);

/* Newest value of a name that is at most max_age_ns old. Where it is older, or there is none, the host is asked for it:
 * all callers of all processes then share one run of the function, whatever its schedule, and are woken when its value
 * is committed. timeout_ns UINT64_MAX = for ever. DW_TIMEOUT: none came in time; DW_ERROR: the run failed, or no host is
 * running (dw_reader_error() says which); DW_DENIED: this user may not ask. With these three the reading holds the
 * newest value all the same, if there is one. DW_NOT_FOUND: neither value nor function of that name. */
DW_READER_EXPORT int32_t dw_get_value_fresh(dw_reader *reader, const char *name, uint64_t max_age_ns, uint64_t timeout_ns, dw_reading *reading);

/* Called for each record of a history, newest first; `reading` is valid during the call only. Return 0 to go on, else
 * to stop. A damaged record comes with data = NULL, its sequence, and outcome = 0xffffffff. */
typedef int (*dw_each)(void *context, const char *name, const dw_reading *reading);

/* The newest value and those before it, at most `limit` of them (0 = all), of one snapshot. DW_NOT_FOUND: no value. */
DW_READER_EXPORT int32_t dw_get_history(dw_reader *reader, const char *name, uint64_t limit, dw_each each, void *context);

/* Error reports, newest first; data is UTF-8 text. name = NULL: those of every name, grouped by name, `limit` each.
 * DW_OK also when there are none. */
DW_READER_EXPORT int32_t dw_get_errors(dw_reader *reader, const char *name, uint64_t limit, dw_each each, void *context);

/* Sleeps until the name has a value of a sequence above `after` (0 = a first one), then reads the newest. Woken by the
 * commit, no polling. timeout_ns 0 = look once, UINT64_MAX = for ever. DW_TIMEOUT: none came. */
DW_READER_EXPORT int32_t dw_wait(dw_reader *reader, const char *name, uint64_t after, uint64_t timeout_ns, dw_reading *reading);

/* Names with a value, in byte order, of one snapshot. Return 0 to go on. */
DW_READER_EXPORT int32_t dw_each_name(dw_reader *reader, int (*each)(void *context, const char *name), void *context);

/* The reading's value as JSON text, decoded by its serializer (bytes as {"base64": ...}). *text is NUL-terminated; free
 * it with dw_free. `reader` finds the plugin of a serializer from 128 up, and may be NULL for others. DW_DAMAGED: it
 * does not decode; DW_UNSUPPORTED: a serializer that this build lacks, or whose library is in no folder allowed by
 * dw_reader_allow_plugins; dw_reader_error() names it. */
DW_READER_EXPORT int32_t dw_reading_json(dw_reader *reader, const dw_reading *reading, char **text, uint64_t *length);

/* Walks a reading's value, decoded as by dw_reading_json. Callbacks may be NULL; return 0 to go on, else the walk stops
 * with DW_CANCELLED. Map: open_map, then key and value in turn, then close. Text is not NUL-terminated. */
typedef struct dw_visitor {
    uint32_t struct_size;
    int (*null)(void *context);
    int (*boolean)(void *context, int32_t truth);
    int (*i64)(void *context, int64_t number);
    int (*u64)(void *context, uint64_t number);
    int (*f64)(void *context, double number);
    int (*str)(void *context, const char *text, uint64_t length);
    int (*bytes)(void *context, const void *bytes, uint64_t length);
    int (*time)(void *context, int64_t unix_ns);
    int (*open_array)(void *context, uint64_t count);
    int (*open_map)(void *context, uint64_t count);
    int (*key)(void *context, const char *text, uint64_t length);
    int (*close)(void *context);
} dw_visitor;
DW_READER_EXPORT int32_t dw_reading_walk(dw_reader *reader, const dw_reading *reading, const dw_visitor *visitor, void *context);

/* Media type given with dw_put_raw, or "". Valid as long as the reading's data. */
DW_READER_EXPORT const char *dw_reading_media_type(const dw_reading *reading);

/* JSON of one of the store's own documents: database "#functions", "#host", "#info" or "#serializers". DW_NOT_FOUND. */
DW_READER_EXPORT int32_t dw_get_document(dw_reader *reader, const char *database, const char *key, char **text, uint64_t *length);

/* Frees what dw_reading_json and dw_get_document gave. NULL is allowed. */
DW_READER_EXPORT void dw_free(void *text);

/* Copies a reading, for one that a callback was shown; `to` has its struct_size set, and its buffer is reused. */
DW_READER_EXPORT int32_t dw_reading_copy(const dw_reading *from, dw_reading *to);

/* Frees a reading's buffer and zeroes it but for struct_size. */
DW_READER_EXPORT void dw_reading_clear(dw_reading *reading);

#ifdef __cplusplus
}
#endif

#endif /* DUMBWAITER_READER_H */
