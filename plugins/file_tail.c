// SPDX-License-Identifier: BSD-3-Clause
//
// libfile.so: `tail`, the last lines of a file.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_source.h"

enum { kDefaultLines = 10 };
static const size_t kMostTail = (size_t)16 << 20;
static const size_t kPiece = 64 << 10;

// Where the last `lines` lines begin; a newline at the very end begins no line of its own.
static size_t start_of_lines(const char* data, size_t length, uint64_t lines)
{
    size_t at = length && data[length - 1] == '\n' ? length - 1 : length;
    for (; at > 0; --at) {
        if (data[at - 1] == '\n' && --lines == 0) return at;
    }
    return 0;
}

// Reads the file's last `length` bytes into data; what is missing since was cut off by another.
static int32_t read_end(dw_call* call, int fd, char* data, size_t length, off_t from)
{
    for (size_t done = 0; done < length;) {
        ssize_t const got = pread(fd, data + done, length - done, from + (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return dw_fail(call, strerror(errno));
        if (got == 0) {
            dw_fail(call, "the file of args[0] became shorter while it was read");
            return DW_RETRY;
        }
        done += (size_t)got;
    }
    return DW_OK;
}

// Reads ever larger ends of the file, until one holds all the lines that are wanted or the whole file.
static int32_t find_lines(dw_call* call, int fd, size_t size, uint64_t lines, Text* text, size_t* start)
{
    for (size_t length = kPiece;; length *= 4) {
        if (length > size) length = size;
        if (length > kMostTail) return dw_fail(call, "the last lines of args[0] have more than 16 MiB: ask for fewer");
        char* const grown = realloc(text->data, length + 1);
        if (!grown) return dw_fail(call, "out of memory");
        text->data = grown;
        text->length = length;
        int32_t const code = read_end(call, fd, text->data, length, (off_t)(size - length));
        if (code != DW_OK) return code;
        *start = start_of_lines(text->data, length, lines);
        if (*start > 0 || length == size) return DW_OK;
        if (dw_cancelled(call)) return DW_CANCELLED;
    }
}

// Lines without their newlines; "\r\n" ends a line as well.
static int32_t put_lines(dw_call* call, const char* at, const char* end)
{
    dw_open_array(call);
    while (at < end) {
        const char* const newline = memchr(at, '\n', (size_t)(end - at));
        const char* const stop = newline ? newline : end;
        dw_put_str(call, at, (uint64_t)(stop - at - (stop > at && newline && stop[-1] == '\r')));
        at = stop + 1;
    }
    return dw_close(call);
}

static int32_t put_tail(dw_call* call, int fd, const struct stat* seen, uint64_t* read_bytes)
{
    int64_t lines = kDefaultLines;
    Text text = {NULL, 0};
    size_t start = 0;
    int32_t code = dw_kwarg_i64(call, "lines", &lines);
    if (code != DW_OK && code != DW_NOT_FOUND) return DW_ERROR;
    if (lines < 1) return dw_fail(call, "kwargs.lines must be at least 1");
    code = find_lines(call, fd, (size_t)seen->st_size, (uint64_t)lines, &text, &start);
    if (code == DW_OK) {
        size_t const good = start + utf8_prefix(text.data + start, text.length - start);
        code = good == text.length
                   ? put_lines(call, text.data + start, text.data + text.length)
                   : fail_utf8(call, &text, good, "tail takes text only (the offset is that in its end)");
    }
    *read_bytes = (uint64_t)seen->st_size;
    free(text.data);
    return code;
}

DW_FUNCTION_EX(tail, "The last lines of a text file, as an array; kwargs lines = 10", 0, remember_nothing, free,
               PATH_AND("\"lines\": {\"type\": \"integer\", \"minimum\": 1}"), "{\"type\": \"array\"}", DW_SECONDS(10))
{
    return put_if_changed(call, put_tail);
}
