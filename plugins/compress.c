/* SPDX-License-Identifier: BSD-3-Clause
 *
 * libcompress.so: the serializer `zstd`, which compresses what a built-in serializer writes. Options: level, 1 to 19
 * (3), and around, the name of the serializer inside ("json"). A payload is one zstd frame that states its size.
 */
#include <dumbwaiter/serializer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* More than any value that a host takes; a frame that claims more is not believed. */
#define MOST_INSIDE ((unsigned long long)1 << 30)

typedef struct {
    int level;
    const char* around;
} Options;

static int32_t refuse_option(dw_call* call, const char* name)
{
    char text[300];
    snprintf(text, sizeof text, "there is no option \"%.100s\": zstd takes level and around", name);
    return dw_fail(call, text);
}

static int32_t check_names(dw_call* call)
{
    uint64_t const count = dw_count(call, dw_kwargs(call));
    for (uint64_t i = 0; i < count; ++i) {
        const char* name;
        uint64_t length;
        dw_value value;
        if (dw_entry(call, dw_kwargs(call), i, &name, &length, &value) != DW_OK) return DW_ERROR;
        if (strcmp(name, "level") != 0 && strcmp(name, "around") != 0) return refuse_option(call, name);
    }
    return DW_OK;
}

static int32_t read_options(dw_call* call, Options* options)
{
    int64_t level = 3;
    uint64_t length;
    char text[100];
    int32_t code = check_names(call);
    if (code != DW_OK) return code;
    options->around = "json";
    code = dw_kwarg_i64(call, "level", &level);
    if (code != DW_OK && code != DW_NOT_FOUND) return DW_ERROR;
    if (level < 1 || level > 19) {
        snprintf(text, sizeof text, "option level is %lld: 1 to 19 are allowed", (long long)level);
        return dw_fail(call, text);
    }
    options->level = (int)level;
    code = dw_kwarg_str(call, "around", &options->around, &length);
    return code == DW_OK || code == DW_NOT_FOUND ? DW_OK : DW_ERROR;
}

static int32_t fail_zstd(dw_call* call, const char* doing, size_t code)
{
    char text[200];
    snprintf(text, sizeof text, "%s failed: %s", doing, ZSTD_getErrorName(code));
    return dw_fail(call, text);
}

static int32_t compress_value(dw_call* call, dw_value value)
{
    Options options;
    const void* inside;
    uint64_t length;
    if (read_options(call, &options) != DW_OK) return DW_ERROR;
    int32_t code = dw_encode(call, value, options.around, &inside, &length);
    if (code != DW_OK) return code;
    size_t const room = ZSTD_compressBound(length);
    void* const frame = malloc(room);
    if (!frame) return dw_fail(call, "out of memory");
    size_t const size = ZSTD_compress(frame, room, inside, length, options.level);
    code = ZSTD_isError(size) ? fail_zstd(call, "compressing", size) : dw_put_bytes(call, frame, size);
    free(frame);
    return code;
}

static int32_t fail_damaged(dw_call* call, const char* why)
{
    dw_fail(call, why);
    return DW_DAMAGED;
}

static int32_t decompress_value(dw_call* call, const void* bytes, uint64_t length)
{
    Options options;
    if (read_options(call, &options) != DW_OK) return DW_ERROR;
    unsigned long long const size = ZSTD_getFrameContentSize(bytes, length);
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
        return fail_damaged(call, "the payload is no zstd frame that states its size");
    }
    if (size > MOST_INSIDE) return fail_damaged(call, "the payload claims to hold more than 1 GiB");
    void* const inside = malloc(size + 1);
    if (!inside) return dw_fail(call, "out of memory");
    size_t const done = ZSTD_decompress(inside, size, bytes, length);
    dw_value value;
    int32_t code;
    if (ZSTD_isError(done) || done != size) {
        fail_zstd(call, "decompressing", done);
        code = DW_DAMAGED;
    } else {
        code = dw_decode(call, options.around, inside, done, &value);
        if (code == DW_OK) code = dw_put_value(call, value);
    }
    free(inside);
    return code;
}

DW_SERIALIZER(zstd, "Compresses with zstd around another serializer (options: level, around)", "application/zstd",
              compress_value, decompress_value);
