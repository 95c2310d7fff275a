// SPDX-License-Identifier: BSD-3-Clause
//
// The file that args[0] names: opening it, and knowing whether it is still the one that was read last.
#pragma once

#include <dumbwaiter/plugin.h>
#include <sys/stat.h>

#include "file_text.h"

#ifdef __cplusplus
extern "C" {
#endif

// Of the file as it was read last; one a manifest entry.
typedef struct {
    int known;
    struct stat seen;
} Memory;

// `create` of every function that remembers; its state is freed with free().
int32_t remember_nothing(dw_call* call, void** state);

// Says what is wrong with args[0] and returns DW_ERROR.
int32_t fail_path(dw_call* call, const char* path, const char* why);

int32_t path_argument(dw_call* call, const char** path);

int same_file(const struct stat* a, const struct stat* b);

// Old enough that a further write would move its stamps.
int is_settled(const struct stat* seen);

// Of what was opened and read: `put` is given the open file and puts its value; *read_bytes is how much it has read.
typedef int32_t (*PutFile)(dw_call* call, int fd, const struct stat* seen, uint64_t* read_bytes);

// Opens the regular file of args[0] and lets `put` put its value, unless it is the one that was put last: DW_UNCHANGED.
int32_t put_if_changed(dw_call* call, PutFile put);

// The whole file, whatever is in it; returns what `run` returns. The caller frees text->data in any case.
int32_t read_whole(dw_call* call, int fd, const struct stat* seen, Text* text);

// Says where text stops to be UTF-8, and `advice`; returns DW_ERROR.
int32_t fail_utf8(dw_call* call, const Text* text, size_t good, const char* advice);

// args_schema of one path, and of kwargs with these properties.
#define PATH_AND(kwargs)                                                                                     \
    "{\"type\": \"array\", \"prefixItems\": [{\"type\": \"string\", \"description\": \"path of a file\"}], " \
    "\"minItems\": 1, \"maxItems\": 1, \"kwargs\": {\"properties\": {" kwargs "}, \"additionalProperties\": false}}"

#define PATH_ONLY PATH_AND("")

#ifdef __cplusplus
}
#endif
