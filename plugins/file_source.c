// SPDX-License-Identifier: BSD-3-Clause
#include "file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int32_t remember_nothing(dw_call* call, void** state)
{
    *state = calloc(1, sizeof(Memory));
    return *state ? DW_OK : dw_fail(call, "out of memory");
}

int32_t fail_path(dw_call* call, const char* path, const char* why)
{
    char text[1024];
    snprintf(text, sizeof text, "args[0] = \"%.700s\": %s", path, why);
    return dw_fail(call, text);
}

int32_t path_argument(dw_call* call, const char** path)
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

int same_file(const struct stat* a, const struct stat* b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           same_time(a->st_mtim, b->st_mtim) && same_time(a->st_ctim, b->st_ctim);
}

// The kernel's stamps are as coarse as its tick: a file written again within the same tick looks untouched, so one that
// is as young as that is not to be relied on.
int is_settled(const struct stat* seen)
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

int32_t put_if_changed(dw_call* call, PutFile put)
{
    Memory* const memory = dw_state(call);
    const char* path;
    struct stat seen;
    if (path_argument(call, &path) != DW_OK) return DW_ERROR;
    int const fd = open_file(call, path, &seen);
    if (fd < 0) return DW_ERROR;
    int32_t code = DW_UNCHANGED;
    if (!memory->known || !same_file(&memory->seen, &seen)) {
        uint64_t read_bytes = 0;
        memory->known = 0;
        code = put(call, fd, &seen, &read_bytes);
        if (code == DW_OK) remember(memory, fd, &seen, read_bytes);
    }
    close(fd);
    return code;
}

int32_t read_whole(dw_call* call, int fd, const struct stat* seen, Text* text)
{
    int const error = text_read(text, fd, (size_t)seen->st_size, call);
    switch (error) {
        case 0: return DW_OK;
        case ECANCELED: return DW_CANCELLED;
        case EFBIG: return dw_fail(call, "the file of args[0] is larger than 64 MiB, which is the most that is read");
        default: return dw_fail(call, strerror(error));
    }
}

int32_t fail_utf8(dw_call* call, const Text* text, size_t good, const char* advice)
{
    char message[400];
    snprintf(message, sizeof message, "the file of args[0] is not UTF-8 (byte 0x%02x at offset %zu): %s",
             (unsigned)(unsigned char)text->data[good], good, advice);
    return dw_fail(call, message);
}
