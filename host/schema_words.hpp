// SPDX-License-Identifier: BSD-3-Clause
//
// What a schema wants, in words for messages.
#pragma once

#include <string>

#include "json_schema.hpp"

namespace dumbwaiter {

// "an integer from 1 to 9", `"rows" or "scalar"`, "a string (path of the database)"; "" where there is no saying it.
// `schema` is a part of `root`, both as read_schema() gives them.
std::string wanted_words(const Json& root, const Json& schema);

}  // namespace dumbwaiter
