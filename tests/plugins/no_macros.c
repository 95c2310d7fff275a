// SPDX-License-Identifier: BSD-3-Clause
//
// no_macros.so: a plugin that does not include our header at all, as one in another language does not.
// Layout as in the tables of ABI.md.
#include <stdint.h>
#include <stdlib.h>

typedef struct Call Call;

typedef struct {
    uint32_t struct_size, minor;
    void (*slots[39])(void); /* in the order of ABI.md: put_i64 is slot 16 */
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

enum { kPutI64 = 16 };

static int32_t run(Call* call)
{
    int32_t (*const put_i64)(Call*, int64_t) = (int32_t(*)(Call*, int64_t))call->api->slots[kPutI64];
    return put_i64(call, 1234);
}

extern __attribute__((visibility("default"))) const Info plain__dw1;
const Info plain__dw1 = {sizeof(Info), 0, 0, 0, "1234, by hand", NULL, NULL, 0, run, NULL, NULL};
