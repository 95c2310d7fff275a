// SPDX-License-Identifier: BSD-3-Clause
//
// JSON text as a value.
#pragma once

#include <dumbwaiter/plugin.h>

#include <string_view>

// Puts the one JSON value of the text; `source` is what a report calls it. Returns what `run` returns.
std::int32_t put_json(dw_call* call, std::string_view text, const char* source);
