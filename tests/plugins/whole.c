/* SPDX-License-Identifier: BSD-3-Clause
 *
 * whole.so: knows its version, and whether all of it is that version's. Tests write both into a copy of the file
 * (whole_library.hpp), and the rest follows from the version.
 */
#include <dumbwaiter/plugin.h>

#include <stdio.h>

static const volatile struct {
    char mark[16];
    unsigned char version[8]; /* little-endian */
    unsigned char rest[2048];
} body = {"whole-so-begins", {0}, {1}};

static uint64_t version_of_body(void)
{
    uint64_t version = 0;
    int i;
    for (i = 7; i >= 0; --i) version = version << 8 | body.version[i];
    return version;
}

/* Says in which file that it was loaded: kwargs.loads. */
static int32_t create(dw_call* call, void** state)
{
    const char* file = NULL;
    uint64_t length = 0;
    FILE* out;
    *state = NULL;
    if (dw_kwarg_str(call, "loads", &file, &length) != DW_OK) return DW_OK;
    out = fopen(file, "a");
    if (!out) return dw_fail(call, "kwargs.loads cannot be written");
    fprintf(out, "%llu\n", (unsigned long long)version_of_body());
    fclose(out);
    return DW_OK;
}

static void destroy(void* state)
{
    (void)state;
}

DW_FUNCTION_EX(version, "Its version, if all of it is of that", 0, create, destroy, NULL, NULL, 0)
{
    const uint64_t version = version_of_body();
    uint64_t number = version;
    size_t i;
    for (i = 0; i < sizeof body.rest; ++i) {
        number = number * 6364136223846793005u + 1442695040888963407u;
        if (body.rest[i] != (unsigned char)(number >> 56)) return dw_fail(call, "this is a library of two versions");
    }
    return dw_put_u64(call, version);
}
