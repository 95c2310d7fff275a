// SPDX-License-Identifier: BSD-3-Clause
//
// libfile.so: a file's words, text and state. All answer DW_UNCHANGED as long as the file is the one they saw last.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_source.h"

static int32_t count_words(dw_call* call, int fd, const struct stat* seen, uint64_t* read_bytes)
{
    char buffer[65536];
    int inside = 0;
    uint64_t words = 0;
    (void)seen;
    for (;;) {
        ssize_t const got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return dw_fail(call, strerror(errno));
        if (got == 0) return dw_put_u64(call, words);
        words += words_in(buffer, (size_t)got, &inside);
        *read_bytes += (uint64_t)got;
        if (dw_cancelled(call)) return DW_CANCELLED;
    }
}

DW_FUNCTION_EX(words, "How many words a text file has", 0, remember_nothing, free, PATH_ONLY, "{\"type\": \"integer\"}",
               DW_SECONDS(10))
{
    return put_if_changed(call, count_words);
}

static int32_t put_text(dw_call* call, const Text* text)
{
    int32_t as_bytes = 0;
    int32_t const code = dw_kwarg_bool(call, "bytes", &as_bytes);
    if (code != DW_OK && code != DW_NOT_FOUND) return DW_ERROR;
    if (as_bytes) return dw_put_bytes(call, text->data, text->length);
    size_t const good = utf8_prefix(text->data, text->length);
    if (good == text->length) return dw_put_str(call, text->data, text->length);
    return fail_utf8(call, text, good,
                     "convert it, or set kwargs = { bytes = true } and serializer = \"raw\", \"msgpack\" or \"cbor\"");
}

static int32_t read_and_put(dw_call* call, int fd, const struct stat* seen, uint64_t* read_bytes)
{
    Text text = {NULL, 0};
    int32_t code = read_whole(call, fd, seen, &text);
    if (code == DW_OK) code = put_text(call, &text);
    *read_bytes = text.length;
    free(text.data);
    return code;
}

DW_FUNCTION_EX(read, "The text of a file; kwargs bytes = true for what is not UTF-8", 0, remember_nothing, free,
               PATH_AND("\"bytes\": {\"type\": \"boolean\"}"), NULL, DW_SECONDS(10))
{
    return put_if_changed(call, read_and_put);
}

DW_FUNCTION_EX(stat, "Size, time of the last change and mode of a file or folder", 0, remember_nothing, free, PATH_ONLY,
               "{\"type\": \"object\", \"required\": [\"size\", \"modified\", \"mode\"]}", DW_SECONDS(10))
{
    Memory* const memory = dw_state(call);
    const char* path;
    struct stat seen;
    char mode[16];
    if (path_argument(call, &path) != DW_OK) return DW_ERROR;
    if (stat(path, &seen) != 0) return fail_path(call, path, strerror(errno));
    if (memory->known && same_file(&memory->seen, &seen)) return DW_UNCHANGED;
    memory->known = is_settled(&seen);
    memory->seen = seen;
    int const length = snprintf(mode, sizeof mode, "%04o", (unsigned)seen.st_mode & 07777u);
    dw_open_map(call);
    dw_key(call, "size", 4);
    dw_put_i64(call, seen.st_size);
    dw_key(call, "modified", 8);
    dw_put_time(call, (int64_t)seen.st_mtim.tv_sec * 1000000000 + seen.st_mtim.tv_nsec);
    dw_key(call, "mode", 4);
    dw_put_str(call, mode, (uint64_t)length);
    return dw_close(call);
}
