// SPDX-License-Identifier: BSD-3-Clause
//
// JSON text as a value.
#pragma once

#include <dumbwaiter/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

// Puts the one JSON value of the text; `source` is what a report calls it. Returns what `run` returns.
int32_t put_json(dw_call* call, const char* text, uint64_t length, const char* source);

#ifdef __cplusplus
}
#endif
