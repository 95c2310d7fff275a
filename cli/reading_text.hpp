// SPDX-License-Identifier: BSD-3-Clause
//
// Records as the commands print them: the JSON objects of the contract, and text for people.
#pragma once

#include <dumbwaiter/reader.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "status.hpp"
#include "store_reader.hpp"

namespace dumbwaiter {

double age_seconds(const dw_reading& reading, int64_t now);
std::string_view state_name(const dw_reading& reading);  // "fresh", "stale"
std::string seconds_json(double seconds);                // a JSON number

// The value as JSON text. kDamaged; kUnsupported where its serializer's plugin is not to be had.
Expected<std::string> value_json(dw_reader* reader, const dw_reading& reading);

// JSON text as a shell wants it: a string without quotes and escapes, nan and inf as such, the rest as it is.
std::string plain(const std::string& json);

// {name, sequence, value, serializer, size, due, started, finished, state, age}
Expected<std::string> value_object(const StoreReader& store, std::string_view name, const dw_reading& reading,
                                   int64_t now);

// {name, sequence, outcome, text, due, started, finished}
std::string error_object(std::string_view name, const dw_reading& reading);

std::string_view error_text(const dw_reading& reading);
std::string outcome_text(const dw_reading& reading);

}  // namespace dumbwaiter
