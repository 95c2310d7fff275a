// SPDX-License-Identifier: BSD-3-Clause
//
// no_macros.so: a plugin that does not include our header at all, as one in another language does not. Layout as in the
// tables of ABI.md; every slot is used once, see conformance_c.c.
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct Call Call;

typedef struct {
    uint32_t struct_size, minor;
    uint64_t (*args)(Call*);
    uint64_t (*kwargs)(Call*);
    uint32_t (*type)(Call*, uint64_t);
    uint64_t (*count)(Call*, uint64_t);
    int32_t (*at)(Call*, uint64_t, uint64_t, uint64_t*);
    int32_t (*get)(Call*, uint64_t, const char*, uint64_t*);
    int32_t (*entry)(Call*, uint64_t, uint64_t, const char**, uint64_t*, uint64_t*);
    int32_t (*as_bool)(Call*, uint64_t, int32_t*);
    int32_t (*as_i64)(Call*, uint64_t, int64_t*);
    int32_t (*as_u64)(Call*, uint64_t, uint64_t*);
    int32_t (*as_f64)(Call*, uint64_t, double*);
    int32_t (*as_time)(Call*, uint64_t, int64_t*);
    int32_t (*as_str)(Call*, uint64_t, const char**, uint64_t*);
    int32_t (*as_bytes)(Call*, uint64_t, const void**, uint64_t*);
    int32_t (*put_null)(Call*);
    int32_t (*put_bool)(Call*, int32_t);
    int32_t (*put_i64)(Call*, int64_t);
    int32_t (*put_u64)(Call*, uint64_t);
    int32_t (*put_f64)(Call*, double);
    int32_t (*put_time)(Call*, int64_t);
    int32_t (*put_str)(Call*, const char*, uint64_t);
    int32_t (*put_bytes)(Call*, const void*, uint64_t);
    int32_t (*open_array)(Call*);
    int32_t (*open_map)(Call*);
    int32_t (*key)(Call*, const char*, uint64_t);
    int32_t (*close)(Call*);
    int32_t (*put_value)(Call*, uint64_t);
    int32_t (*put_raw)(Call*, const char*, const void*, uint64_t);
    int32_t (*fail)(Call*, const char*);
    const char* (*name)(Call*);
    uint64_t (*sequence)(Call*);
    uint64_t (*deadline_ns)(Call*);
    int32_t (*cancelled)(Call*);
    int32_t (*cancel_fd)(Call*);
    int32_t (*sleep_ns)(Call*, uint64_t);
    void (*log)(Call*, uint32_t, const char*);
    void* (*state)(Call*);
    int32_t (*read)(Call*, const char*, uint64_t*);
    const void* (*extension)(Call*, const char*);
} Api;

struct Call {
    const Api* api;
};

typedef struct {
    uint32_t struct_size, flags, built_minor, required_minor;
    const char *summary, *args_schema, *result_schema;
    int64_t suggested_frequency_ns;
    int32_t (*run)(Call*);
    int32_t (*create)(Call*, void**);
    void (*destroy)(void*);
} Info;

#define FUNCTION(symbol, summary)                                                                         \
    static int32_t symbol##_run(Call* call);                                                              \
    extern __attribute__((visibility("default"))) const Info symbol##__dw1;                               \
    const Info symbol##__dw1 = {sizeof(Info), 0, 0, 0, summary, NULL, NULL, 0, symbol##_run, NULL, NULL}; \
    static int32_t symbol##_run(Call* call)

FUNCTION(plain, "1234, by hand")
{
    return call->api->put_i64(call, 1234);
}

static int32_t copy_scalar(Call* call, uint64_t value)
{
    const Api* const api = call->api;
    int32_t truth;
    int64_t i64;
    uint64_t u64;
    double f64;
    const char* text;
    const void* bytes;
    switch (api->type(call, value)) {
        case 0: return api->put_null(call);
        case 1: return api->as_bool(call, value, &truth) == 0 ? api->put_bool(call, truth) : -1;
        case 2: return api->as_i64(call, value, &i64) == 0 ? api->put_i64(call, i64) : -1;
        case 3: return api->as_u64(call, value, &u64) == 0 ? api->put_u64(call, u64) : -1;
        case 4: return api->as_f64(call, value, &f64) == 0 ? api->put_f64(call, f64) : -1;
        case 5: return api->as_str(call, value, &text, &u64) == 0 ? api->put_str(call, text, u64) : -1;
        case 6: return api->as_bytes(call, value, &bytes, &u64) == 0 ? api->put_bytes(call, bytes, u64) : -1;
        case 7: return api->as_time(call, value, &i64) == 0 ? api->put_time(call, i64) : -1;
        default: return api->fail(call, "a type that this plugin does not know");
    }
}

static int32_t copy(Call* call, uint64_t value)
{
    enum { kArray = 8, kMap = 9 };
    const Api* const api = call->api;
    const uint32_t type = api->type(call, value);
    if (type != kArray && type != kMap) return copy_scalar(call, value);
    if (type == kArray) api->open_array(call);
    if (type == kMap) api->open_map(call);
    for (uint64_t i = 0, count = api->count(call, value); i < count; ++i) {
        const char* key;
        uint64_t child, length;
        if (type == kArray && api->at(call, value, i, &child) != 0) return -1;
        if (type == kMap && api->entry(call, value, i, &key, &length, &child) != 0) return -1;
        if (type == kMap) api->key(call, key, length);
        if (copy(call, child) != 0) return -1;
    }
    return api->close(call);
}

static int32_t text_argument(Call* call, uint64_t index, const char** text)
{
    uint64_t value, length;
    const int32_t code = call->api->at(call, call->api->args(call), index, &value);
    return code != 0 ? code : call->api->as_str(call, value, text, &length);
}

static int32_t keyword_argument(Call* call, const char* key, int64_t* number)
{
    uint64_t value;
    const int32_t code = call->api->get(call, call->api->kwargs(call), key, &value);
    return code != 0 ? code : call->api->as_i64(call, value, number);
}

FUNCTION(echo, "Its arguments, copied node by node")
{
    call->api->open_array(call);
    if (copy(call, call->api->args(call)) != 0 || copy(call, call->api->kwargs(call)) != 0) return -1;
    return call->api->close(call);
}

FUNCTION(whole, "Its positional arguments, copied at once")
{
    return call->api->put_value(call, call->api->args(call));
}

#define KEY(text) call->api->key(call, text, strlen(text))

FUNCTION(types, "A map with one of each type")
{
    const Api* const api = call->api;
    api->open_map(call);
    KEY("null"), api->put_null(call);
    KEY("bool"), api->put_bool(call, 1);
    KEY("i64"), api->put_i64(call, INT64_MIN);
    KEY("u64"), api->put_u64(call, UINT64_MAX);
    KEY("f64"), api->put_f64(call, 0.1);
    KEY("str"), api->put_str(call, "snow \xe2\x98\x83", 8);
    KEY("bytes"), api->put_bytes(call, "\0\xff\x80", 3);
    KEY("time"), api->put_time(call, 1700000000123456789);
    KEY("array"), api->open_array(call), api->close(call);
    KEY("map"), api->open_map(call), api->close(call);
    return api->close(call);
}

FUNCTION(relay, "The newest value of the function args[0], copied node by node")
{
    const char* name;
    uint64_t value;
    if (text_argument(call, 0, &name) != 0 || call->api->read(call, name, &value) != 0) return -1;
    return copy(call, value);
}

FUNCTION(raw, "Bytes with a media type")
{
    return call->api->put_raw(call, "application/x-conformance", "\x01\x00\x02", 3);
}

FUNCTION(ends, "Logs args[0], makes it its report and returns args[1]")
{
    const char* text;
    uint64_t value;
    int64_t code;
    if (text_argument(call, 0, &text) != 0 || call->api->at(call, call->api->args(call), 1, &value) != 0) return -1;
    if (call->api->as_i64(call, value, &code) != 0) return -1;
    call->api->log(call, 2, text);
    if (call->api->fail(call, text) != -1) return -13;
    return (int32_t)code;
}

FUNCTION(wants, "kwargs.n, an integer")
{
    int64_t n;
    return keyword_argument(call, "n", &n) == 0 ? call->api->put_i64(call, n) : -1;
}

FUNCTION(steady, "42, and unchanged from then on")
{
    uint64_t previous;
    if (call->api->read(call, call->api->name(call), &previous) == 0) return 1;
    return call->api->put_i64(call, 42);
}

static int32_t create(Call* call, void** state)
{
    int64_t* const count = malloc(sizeof *count);
    if (!count) return call->api->fail(call, "out of memory");
    if (keyword_argument(call, "from", count) != 0) {
        free(count);  // no destroy after a create that failed
        return -1;
    }
    *state = count;
    return 0;
}

static int32_t count(Call* call)
{
    int64_t* const count = call->api->state(call);
    int64_t until;
    if (keyword_argument(call, "until", &until) != 0) return -1;
    if (++*count >= until) return call->api->put_i64(call, *count);
    call->api->fail(call, "not yet");
    return -2;
}

extern __attribute__((visibility("default"))) const Info counter__dw1;
const Info counter__dw1 = {sizeof(Info),
                           1,
                           0,
                           0,
                           "Counts in its state, on from kwargs.from, and asks for more until kwargs.until",
                           "{}",
                           "{\"type\": \"integer\"}",
                           INT64_C(15000000000),
                           count,
                           create,
                           free};

FUNCTION(context, "What a call knows of itself")
{
    const Api* const api = call->api;
    api->open_map(call);
    KEY("name"), api->put_str(call, api->name(call), strlen(api->name(call)));
    KEY("sequence"), api->put_u64(call, api->sequence(call));
    KEY("has a deadline"), api->put_bool(call, api->deadline_ns(call) != 0);
    KEY("is cancelled"), api->put_bool(call, api->cancelled(call));
    KEY("has a descriptor"), api->put_bool(call, api->cancel_fd(call) >= 0);
    KEY("has a state"), api->put_bool(call, api->state(call) != NULL);
    KEY("has an extension"), api->put_bool(call, api->extension(call, "nobody.has/1") != NULL);
    return api->close(call);
}

FUNCTION(waits, "Waits until it is cancelled: \"asleep\", at the \"descriptor\", or \"awake\"")
{
    const char* how;
    if (text_argument(call, 0, &how) != 0) return -1;
    if (how[1] == 's') return call->api->sleep_ns(call, UINT64_C(60000000000));
    if (how[1] == 'e') {
        struct pollfd descriptor = {call->api->cancel_fd(call), POLLIN, 0};
        if (poll(&descriptor, 1, 60000) != 1) return call->api->fail(call, "nobody came");
    }
    while (!call->api->cancelled(call)) poll(NULL, 0, 1);
    return -3;
}
