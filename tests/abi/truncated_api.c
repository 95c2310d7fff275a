// SPDX-License-Identifier: BSD-3-Clause
//
// A host that is older than the plugin gives a shorter dw_api. Cut at every size and placed against a page that cannot
// be read, such a table must never be read past its end, and each helper says DW_UNSUPPORTED for a slot it lacks.
#include <dumbwaiter/plugin.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kReached = 42 };  // what every slot of the whole table returns

static int reached = kReached;
static int logged;
static const char reached_text[] = "reached";

#pragma GCC diagnostic ignored "-Wunused-parameter"
#define SLOT(type, name, parameters) \
    static type name parameters      \
    {                                \
        return kReached;             \
    }
// clang-format off
SLOT(dw_value, slot_args, (dw_call* a0))
SLOT(dw_value, slot_kwargs, (dw_call* a0))
SLOT(uint32_t, slot_type, (dw_call* a0, dw_value a1))
SLOT(uint64_t, slot_count, (dw_call* a0, dw_value a1))
SLOT(int32_t, slot_at, (dw_call* a0, dw_value a1, uint64_t a2, dw_value* a3))
SLOT(int32_t, slot_get, (dw_call* a0, dw_value a1, const char* a2, dw_value* a3))
SLOT(int32_t, slot_entry, (dw_call* a0, dw_value a1, uint64_t a2, const char** a3, uint64_t* a4, dw_value* a5))
SLOT(int32_t, slot_as_bool, (dw_call* a0, dw_value a1, int32_t* a2))
SLOT(int32_t, slot_as_i64, (dw_call* a0, dw_value a1, int64_t* a2))
SLOT(int32_t, slot_as_u64, (dw_call* a0, dw_value a1, uint64_t* a2))
SLOT(int32_t, slot_as_f64, (dw_call* a0, dw_value a1, double* a2))
SLOT(int32_t, slot_as_time, (dw_call* a0, dw_value a1, int64_t* a2))
SLOT(int32_t, slot_as_str, (dw_call* a0, dw_value a1, const char** a2, uint64_t* a3))
SLOT(int32_t, slot_as_bytes, (dw_call* a0, dw_value a1, const void** a2, uint64_t* a3))
SLOT(int32_t, slot_put_null, (dw_call* a0))
SLOT(int32_t, slot_put_bool, (dw_call* a0, int32_t a1))
SLOT(int32_t, slot_put_i64, (dw_call* a0, int64_t a1))
SLOT(int32_t, slot_put_u64, (dw_call* a0, uint64_t a1))
SLOT(int32_t, slot_put_f64, (dw_call* a0, double a1))
SLOT(int32_t, slot_put_time, (dw_call* a0, int64_t a1))
SLOT(int32_t, slot_put_str, (dw_call* a0, const char* a1, uint64_t a2))
SLOT(int32_t, slot_put_bytes, (dw_call* a0, const void* a1, uint64_t a2))
SLOT(int32_t, slot_open_array, (dw_call* a0))
SLOT(int32_t, slot_open_map, (dw_call* a0))
SLOT(int32_t, slot_key, (dw_call* a0, const char* a1, uint64_t a2))
SLOT(int32_t, slot_close, (dw_call* a0))
SLOT(int32_t, slot_put_value, (dw_call* a0, dw_value a1))
SLOT(int32_t, slot_put_raw, (dw_call* a0, const char* a1, const void* a2, uint64_t a3))
SLOT(int32_t, slot_fail, (dw_call* a0, const char* a1))
static const char* slot_name(dw_call* a0)
{
    return reached_text;
}

SLOT(uint64_t, slot_sequence, (dw_call* a0))
SLOT(uint64_t, slot_deadline_ns, (dw_call* a0))
SLOT(int32_t, slot_cancelled, (dw_call* a0))
SLOT(int32_t, slot_cancel_fd, (dw_call* a0))
SLOT(int32_t, slot_sleep_ns, (dw_call* a0, uint64_t a1))
static void slot_log(dw_call* a0, uint32_t a1, const char* a2)
{
    logged = kReached;
}

static void* slot_state(dw_call* a0)
{
    return &reached;
}

SLOT(int32_t, slot_read, (dw_call* a0, const char* a1, dw_value* a2))
static const void* slot_extension(dw_call* a0, const char* a1)
{
    return &reached;
}
// clang-format on

static const dw_api whole = {
    sizeof(dw_api), DW_ABI_MINOR,  slot_args,      slot_kwargs,     slot_type,     slot_count,       slot_at,
    slot_get,       slot_entry,    slot_as_bool,   slot_as_i64,     slot_as_u64,   slot_as_f64,      slot_as_time,
    slot_as_str,    slot_as_bytes, slot_put_null,  slot_put_bool,   slot_put_i64,  slot_put_u64,     slot_put_f64,
    slot_put_time,  slot_put_str,  slot_put_bytes, slot_open_array, slot_open_map, slot_key,         slot_close,
    slot_put_value, slot_put_raw,  slot_fail,      slot_name,       slot_sequence, slot_deadline_ns, slot_cancelled,
    slot_cancel_fd, slot_sleep_ns, slot_log,       slot_state,      slot_read,     slot_extension};

// How many helpers said something else than they should, with a table of `size` bytes.
static int faults;

static void expect(const char* slot, int64_t got, int64_t wanted, size_t size)
{
    if (got == wanted) return;
    printf("a table of %zu bytes: the helper of %s gives %lld, not %lld\n", size, slot, (long long)got,
           (long long)wanted);
    ++faults;
}

#define HAS(slot) (size >= offsetof(dw_api, slot) + sizeof whole.slot)
#define EXPECT(slot, helper, without) expect(#slot, (int64_t)(helper), HAS(slot) ? kReached : (without), size)

static void check_arguments(dw_call* call, size_t size)
{
    dw_value value;
    const char* text;
    const void* bytes;
    uint64_t length;
    int64_t i64;
    int32_t truth;
    double f64;
    EXPECT(args, dw_args(call), 0);
    EXPECT(kwargs, dw_kwargs(call), 0);
    EXPECT(type, dw_type(call, 0), DW_TYPE_NULL);
    EXPECT(count, dw_count(call, 0), 0);
    EXPECT(at, dw_at(call, 0, 0, &value), DW_UNSUPPORTED);
    EXPECT(get, dw_get(call, 0, "", &value), DW_UNSUPPORTED);
    EXPECT(entry, dw_entry(call, 0, 0, &text, &length, &value), DW_UNSUPPORTED);
    EXPECT(as_bool, dw_as_bool(call, 0, &truth), DW_UNSUPPORTED);
    EXPECT(as_i64, dw_as_i64(call, 0, &i64), DW_UNSUPPORTED);
    EXPECT(as_u64, dw_as_u64(call, 0, &length), DW_UNSUPPORTED);
    EXPECT(as_f64, dw_as_f64(call, 0, &f64), DW_UNSUPPORTED);
    EXPECT(as_time, dw_as_time(call, 0, &i64), DW_UNSUPPORTED);
    EXPECT(as_str, dw_as_str(call, 0, &text, &length), DW_UNSUPPORTED);
    EXPECT(as_bytes, dw_as_bytes(call, 0, &bytes, &length), DW_UNSUPPORTED);
}

static void check_result(dw_call* call, size_t size)
{
    EXPECT(put_null, dw_put_null(call), DW_UNSUPPORTED);
    EXPECT(put_bool, dw_put_bool(call, 1), DW_UNSUPPORTED);
    EXPECT(put_i64, dw_put_i64(call, 1), DW_UNSUPPORTED);
    EXPECT(put_u64, dw_put_u64(call, 1), DW_UNSUPPORTED);
    EXPECT(put_f64, dw_put_f64(call, 1), DW_UNSUPPORTED);
    EXPECT(put_time, dw_put_time(call, 1), DW_UNSUPPORTED);
    EXPECT(put_str, dw_put_str(call, "", 0), DW_UNSUPPORTED);
    EXPECT(put_bytes, dw_put_bytes(call, "", 0), DW_UNSUPPORTED);
    EXPECT(open_array, dw_open_array(call), DW_UNSUPPORTED);
    EXPECT(open_map, dw_open_map(call), DW_UNSUPPORTED);
    EXPECT(key, dw_key(call, "", 0), DW_UNSUPPORTED);
    EXPECT(close, dw_close(call), DW_UNSUPPORTED);
    EXPECT(put_value, dw_put_value(call, 0), DW_UNSUPPORTED);
    EXPECT(put_raw, dw_put_raw(call, NULL, "", 0), DW_UNSUPPORTED);
    EXPECT(fail, dw_fail(call, ""), DW_ERROR);
}

static void check_context(dw_call* call, size_t size)
{
    dw_value value;
    expect("name", strcmp(dw_name(call), HAS(name) ? reached_text : ""), 0, size);
    EXPECT(sequence, dw_sequence(call), 0);
    EXPECT(deadline_ns, dw_deadline_ns(call), 0);
    EXPECT(cancelled, dw_cancelled(call), 0);
    EXPECT(cancel_fd, dw_cancel_fd(call), DW_UNSUPPORTED);
    EXPECT(sleep_ns, dw_sleep_ns(call, 0), DW_UNSUPPORTED);
    logged = 0;
    dw_log(call, DW_LOG_INFO, "");
    expect("log", logged, HAS(log) ? kReached : 0, size);
    expect("state", dw_state(call) == (HAS(state) ? &reached : NULL), 1, size);
    EXPECT(read, dw_read(call, "", &value), DW_UNSUPPORTED);
    expect("extension", dw_extension(call, "x") == (HAS(extension) ? &reached : NULL), 1, size);
}

int main(void)
{
    size_t const page = (size_t)sysconf(_SC_PAGESIZE);
    char* const pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) return 99;
    for (size_t size = 2 * sizeof(uint32_t); size <= sizeof(dw_api); ++size) {
        // Whole slots only lie before the page's end, so that the table stays aligned: the rest of a cut slot is out
        // of reach, too.
        size_t const in_reach = size / sizeof(void*) * sizeof(void*);
        char* const at = pages + page - in_reach;
        memcpy(at, &whole, in_reach);
        ((dw_api*)at)->struct_size = (uint32_t)size;
        dw_call call = {(const dw_api*)at};
        check_arguments(&call, size);
        check_result(&call, size);
        check_context(&call, size);
    }
    if (faults == 0) printf("every table from 8 to %zu bytes is read within its bounds\n", sizeof(dw_api));
    return faults != 0;
}
