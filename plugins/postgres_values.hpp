// SPDX-License-Identifier: BSD-3-Clause
//
// PostgreSQL's texts of its types as values, and values as texts of parameters.
#pragma once

#include <libpq-fe.h>
#include <dumbwaiter/plugin.hpp>

#include <optional>
#include <string>
#include <string_view>

// Puts one cell by its type: booleans, integers, floats, json (parsed), bytea, dates and timestamps, arrays of those;
// numeric and everything else as text. Returns what the put returned; throws Failed.
std::int32_t put_cell(dw_call* call, Oid type, std::string_view text);

// The text of a parameter, nullopt for null. Throws Failed for what cannot be one; `index` is its place in args.
std::optional<std::string> parameter_text(const dumbwaiter::Argument& argument, std::size_t index);
