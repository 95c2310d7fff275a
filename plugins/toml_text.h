// SPDX-License-Identifier: BSD-3-Clause
//
// TOML text as a value.
#pragma once

#include <dumbwaiter/plugin.h>

#include <cstdint>

// Puts the document as a map; `source` is what a report calls it. Date-times without a zone and dates count as UTC, as
// they do in the manifest; a time alone is its text. Returns what `run` returns.
std::int32_t put_toml(dw_call* call, const char* text, std::uint64_t length, const char* source);
