// SPDX-License-Identifier: BSD-3-Clause
//
// Reads files whole, counts words, checks UTF-8.
#include "file_text.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const size_t kMostBytes = (size_t)64 << 20;

int text_read(Text* text, int fd, size_t expected, dw_call* call)
{
    size_t capacity = 0;
    if (expected > kMostBytes) return EFBIG;
    for (;;) {
        if (text->length == capacity) {  // one byte past what is expected shows the end without growing
            capacity = capacity == 0 ? expected + 1 : 2 * capacity + 4096;
            char* const grown = realloc(text->data, capacity);
            if (!grown) return ENOMEM;
            text->data = grown;
        }
        ssize_t const got = read(fd, text->data + text->length, capacity - text->length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) return 0;
        text->length += (size_t)got;
        if (text->length > kMostBytes) return EFBIG;
        if (dw_cancelled(call)) return ECANCELED;
    }
}

uint64_t words_in(const char* bytes, size_t length, int* inside)
{
    uint64_t words = 0;
    for (size_t i = 0; i < length; ++i) {
        int const is_space = bytes[i] == ' ' || (bytes[i] >= '\t' && bytes[i] <= '\r');
        words += (uint64_t)(!is_space && !*inside);
        *inside = !is_space;
    }
    return words;
}

// Length of the sequence that begins here, 0 if it is none. Overlong forms, surrogates and what is above U+10FFFF are
// kept out by the bounds of the second byte.
static size_t sequence_length(const unsigned char* at, size_t left)
{
    size_t const length = at[0] < 0x80   ? 1
                          : at[0] < 0xc2 ? 0
                          : at[0] < 0xe0 ? 2
                          : at[0] < 0xf0 ? 3
                          : at[0] < 0xf5 ? 4
                                         : 0;
    if (length == 0 || length > left) return 0;
    if (length == 1) return 1;
    unsigned const low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
    unsigned const high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high) return 0;
    for (size_t i = 2; i < length; ++i) {
        if ((at[i] & 0xc0) != 0x80) return 0;
    }
    return length;
}

size_t utf8_prefix(const char* bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t const step = sequence_length((const unsigned char*)bytes + at, length - at);
        if (step == 0) break;
        at += step;
    }
    return at;
}
