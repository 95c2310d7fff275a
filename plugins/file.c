// SPDX-License-Identifier: BSD-3-Clause
//
// libfile.so: a file's words, text and state. `words` and `read` answer DW_UNCHANGED as long as the file is the one
// they read last.
#include <dumbwaiter/plugin.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file_text.h"

// Of the file as it was read last; one a manifest entry.
typedef struct {
    int known;
    struct stat seen;
} Memory;

static int32_t remember_nothing(dw_call* call, void** state)
{
    *state = calloc(1, sizeof(Memory));
    return *state ? DW_OK : dw_fail(call, "out of memory");
}

static int32_t fail_path(dw_call* call, const char* path, const char* why)
{
    char text[1024];
    snprintf(text, sizeof text, "args[0] = \"%.700s\": %s", path, why);
    return dw_fail(call, text);
}

static int32_t path_argument(dw_call* call, const char** path)
{
    uint64_t length;
    int32_t const code = dw_arg_str(call, 0, path, &length);
    if (code == DW_NOT_FOUND) return dw_fail(call, "args[0] is missing: give the path of a file");
    if (code != DW_OK) return DW_ERROR;
    if (strlen(*path) != length) return dw_fail(call, "args[0] holds a NUL, which no path can");
    return DW_OK;
}

// A regular file, opened for reading; a negative descriptor when `call` has been told why not.
static int open_file(dw_call* call, const char* path, struct stat* seen)
{
    int const fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not hang the worker
    if (fd < 0 || fstat(fd, seen) != 0) {
        fail_path(call, path, strerror(errno));
    } else if (!S_ISREG(seen->st_mode)) {
        fail_path(call, path, "this is no regular file");
    } else {
        return fd;
    }
    if (fd >= 0) close(fd);
    return -1;
}

static int same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static int same_file(const struct stat* a, const struct stat* b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           same_time(a->st_mtim, b->st_mtim) && same_time(a->st_ctim, b->st_ctim);
}

// The kernel's stamps are as coarse as its tick: a file written again within the same tick looks untouched, so one that
// is as young as that is not to be relied on.
static int is_settled(const struct stat* seen)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return 0;
    int64_t const age = (int64_t)(now.tv_sec - seen->st_mtim.tv_sec) * 1000000000 + now.tv_nsec - seen->st_mtim.tv_nsec;
    return age > 20 * 1000000;
}

// Only what was read whole, and is no pseudo file of the kernel (which says size 0), is known by its stamps.
static void remember(Memory* memory, int fd, const struct stat* before, uint64_t read_bytes)
{
    struct stat after;
    memory->known = fstat(fd, &after) == 0 && same_file(before, &after) && read_bytes == (uint64_t)before->st_size &&
                    is_settled(before);
    memory->seen = *before;
}

#define PATH_AND(kwargs)                                                                                     \
    "{\"type\": \"array\", \"prefixItems\": [{\"type\": \"string\", \"description\": \"path of a file\"}], " \
    "\"minItems\": 1, \"maxItems\": 1, \"kwargs\": {\"properties\": {" kwargs "}, \"additionalProperties\": false}}"

#define PATH_ONLY PATH_AND("")

static int32_t count_words(dw_call* call, int fd, uint64_t* words, uint64_t* total)
{
    char buffer[65536];
    int inside = 0;
    for (;;) {
        ssize_t const got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return dw_fail(call, strerror(errno));
        if (got == 0) return DW_OK;
        *words += words_in(buffer, (size_t)got, &inside);
        *total += (uint64_t)got;
        if (dw_cancelled(call)) return DW_CANCELLED;
    }
}

DW_FUNCTION_EX(words, "How many words a text file has", 0, remember_nothing, free, PATH_ONLY, "{\"type\": \"integer\"}",
               DW_SECONDS(10))
{
    Memory* const memory = dw_state(call);
    const char* path;
    struct stat seen;
    if (path_argument(call, &path) != DW_OK) return DW_ERROR;
    int const fd = open_file(call, path, &seen);
    if (fd < 0) return DW_ERROR;
    int32_t code = DW_UNCHANGED;
    if (!memory->known || !same_file(&memory->seen, &seen)) {
        uint64_t count = 0, total = 0;
        code = count_words(call, fd, &count, &total);
        if (code == DW_OK) code = dw_put_u64(call, count);
        if (code == DW_OK) remember(memory, fd, &seen, total);
    }
    close(fd);
    return code;
}

static int32_t put_text(dw_call* call, const Text* text)
{
    int32_t as_bytes = 0;
    int32_t const code = dw_kwarg_bool(call, "bytes", &as_bytes);
    if (code != DW_OK && code != DW_NOT_FOUND) return DW_ERROR;
    if (as_bytes) return dw_put_bytes(call, text->data, text->length);
    size_t const good = utf8_prefix(text->data, text->length);
    if (good == text->length) return dw_put_str(call, text->data, text->length);
    char message[400];
    snprintf(
        message, sizeof message,
        "the file of args[0] is not UTF-8 (byte 0x%02x at offset %zu): convert it, or set kwargs = { bytes = true } "
        "and serializer = \"raw\", \"msgpack\" or \"cbor\"",
        (unsigned)(unsigned char)text->data[good], good);
    return dw_fail(call, message);
}

static int32_t read_text(dw_call* call, int fd, const struct stat* seen, Text* text)
{
    int const error = text_read(text, fd, (size_t)seen->st_size, call);
    switch (error) {
        case 0: return put_text(call, text);
        case ECANCELED: return DW_CANCELLED;
        case EFBIG:
            return dw_fail(call, "the file of args[0] is larger than 64 MiB, which is the most that read takes");
        default: return dw_fail(call, strerror(error));
    }
}

DW_FUNCTION_EX(read, "The text of a file; kwargs bytes = true for what is not UTF-8", 0, remember_nothing, free,
               PATH_AND("\"bytes\": {\"type\": \"boolean\"}"), NULL, DW_SECONDS(10))
{
    Memory* const memory = dw_state(call);
    const char* path;
    struct stat seen;
    if (path_argument(call, &path) != DW_OK) return DW_ERROR;
    int const fd = open_file(call, path, &seen);
    if (fd < 0) return DW_ERROR;
    int32_t code = DW_UNCHANGED;
    if (!memory->known || !same_file(&memory->seen, &seen)) {
        Text text = {NULL, 0};
        code = read_text(call, fd, &seen, &text);
        if (code == DW_OK) remember(memory, fd, &seen, text.length);
        free(text.data);
    }
    close(fd);
    return code;
}

DW_FUNCTION_EX(stat, "Size, time of the last change and mode of a file or folder", 0, NULL, NULL, PATH_ONLY,
               "{\"type\": \"object\", \"required\": [\"size\", \"modified\", \"mode\"]}", DW_SECONDS(10))
{
    const char* path;
    struct stat seen;
    char mode[16];
    if (path_argument(call, &path) != DW_OK) return DW_ERROR;
    if (stat(path, &seen) != 0) return fail_path(call, path, strerror(errno));
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
