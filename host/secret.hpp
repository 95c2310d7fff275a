// SPDX-License-Identifier: BSD-3-Clause
//
// { "$secret" = "file:PATH" } and { "$secret" = "env:NAME" } in args and kwargs: text that is looked up for each
// invocation and appears nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "status.hpp"

namespace dumbwaiter {

// Where it stands in the arguments of a function. The text of its node is the source, never the secret.
struct Secret {
    bool in_kwargs = false;
    uint32_t node = 0;

    bool operator==(const Secret&) const = default;
};

inline constexpr std::string_view kSecretKey = "$secret";

// What is wrong with the text after "$secret" =; "" for a good one.
std::string secret_source_fault(std::string_view source);

// The secret itself: the file without its last newline, or the variable. UTF-8 without NUL, 64 KiB at most. The message
// of a failure says why, and nothing of the secret.
Expected<std::string> read_secret(std::string_view source);

// The text with each of these secrets as "***": whole, line by line, as JSON writes it, and where its beginning stands
// in a text that was cut.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace dumbwaiter
