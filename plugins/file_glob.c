// SPDX-License-Identifier: BSD-3-Clause
//
// libfile.so: `glob_count`, how many files a pattern finds.
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "file_source.h"

// One a manifest entry: the count of the value before.
typedef struct {
    int known;
    uint64_t count;
} Counted;

static int32_t create(dw_call* call, void** state)
{
    *state = calloc(1, sizeof(Counted));
    return *state ? DW_OK : dw_fail(call, "out of memory");
}

// A folder that may not be read or that went away while it was read: an error, not a smaller number.
static int stop_at_error(const char* path, int error)
{
    (void)path;
    return error != ENOENT && error != ENOTDIR;
}

static int32_t count_matches(dw_call* call, const char* pattern, uint64_t* count)
{
    glob_t found;
    errno = 0;
    int const code = glob(pattern, GLOB_NOSORT | GLOB_BRACE | GLOB_TILDE_CHECK, stop_at_error, &found);
    int const error = errno;
    *count = code == 0 ? found.gl_pathc : 0;
    if (code == 0) globfree(&found);
    switch (code) {
        case 0:
        case GLOB_NOMATCH: return DW_OK;
        case GLOB_NOSPACE: return fail_path(call, pattern, "it finds more than there is memory for");
        default: return fail_path(call, pattern, error ? strerror(error) : "a folder on the way cannot be read");
    }
}

DW_FUNCTION_EX(glob_count, "How many files and folders match a pattern such as \"spool/*.job\"", 0, create, free,
               "{\"type\": \"array\", \"prefixItems\": [{\"type\": \"string\", \"description\": \"pattern with * ? [] "
               "{}\"}], \"minItems\": 1, \"maxItems\": 1, \"kwargs\": {\"additionalProperties\": false}}",
               "{\"type\": \"integer\"}", DW_SECONDS(10))
{
    Counted* const counted = dw_state(call);
    const char* pattern;
    uint64_t count;
    if (path_argument(call, &pattern) != DW_OK) return DW_ERROR;
    int32_t const code = count_matches(call, pattern, &count);
    if (code != DW_OK) return code;
    if (counted->known && counted->count == count) return DW_UNCHANGED;
    counted->known = 1;
    counted->count = count;
    return dw_put_u64(call, count);
}
