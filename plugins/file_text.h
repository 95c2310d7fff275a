// SPDX-License-Identifier: BSD-3-Clause
//
// Text of files: reading it whole, its words, its UTF-8.
#pragma once

#include <dumbwaiter/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

// Owned by the caller, who frees data.
typedef struct {
    char* data;
    size_t length;
} Text;

// Reads to the end; `expected` bytes are looked for. 0, or an errno: EFBIG past 64 MiB, ECANCELED when the call was.
int text_read(Text* text, int fd, size_t expected, dw_call* call);

// How many words begin in these bytes. *inside says whether a word goes on over the edge of two pieces; 0 at first.
uint64_t words_in(const char* bytes, size_t length, int* inside);

// Length of the longest prefix that is whole UTF-8; `length` if all of it is.
size_t utf8_prefix(const char* bytes, size_t length);

#ifdef __cplusplus
}
#endif
