// SPDX-License-Identifier: BSD-3-Clause
//
// How messages speak of a value: where it is, what it is, and a short look at it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "document.hpp"

namespace dumbwaiter {

// "an i64", "a str", "bytes".
std::string with_article(Type type);

// Quoted and escaped like JSON, cut to some forty bytes.
std::string quote_short(std::string_view text);

// The way from the root to a node: "" for the root itself, ".limits[0]", "[2].ratio", `["odd key"]`.
std::string place_in(const Document& document, uint32_t node);

// One step of it by a key: ".limits", `["odd key"]`.
std::string key_step(std::string_view key);

// `a str ("seven")`, "an i64 (7)", "an array of 3", "null"; long values are shortened.
std::string describe(const Document& document, uint32_t node);

}  // namespace dumbwaiter
