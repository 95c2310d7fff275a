// SPDX-License-Identifier: BSD-3-Clause
//
// JSON Schema: reading a schema, and whether a value conforms to it. valijson stays in json_schema.cpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "status.hpp"

namespace dumbwaiter {

using Json = nlohmann::json;

// A TIME of the manifest stands in a value as an object with this key, which no argument can have, so that it is no
// string. A schema asks for one by "type": "string", "format": "date-time".
inline constexpr const char* kTimeKey = "$time";

// Reads and checks a schema of draft 7 or 2020-12 (as far as draft 7 has it, and prefixItems), and brings it into one
// form: tuples as `items` and `additionalItems`, date-times as objects with kTimeKey, no other `format`.
// kInvalidArgument: the rest of a sentence about the schema. Never lets recursion run away: schemas that nest deeper
// than 64, or refer to themselves without going into the value, are refused.
Expected<Json> read_schema(std::string_view text);

// The schema that a `$ref` leads to inside `root`, or `schema` itself; null if it leads nowhere.
const Json* resolve_reference(const Json& root, const Json& schema);

// Does the value conform to `schema`, a part of `root`? An error where the validator cannot tell.
Expected<bool> conforms(const Json& root, const Json& schema, const Json& value);

}  // namespace dumbwaiter
