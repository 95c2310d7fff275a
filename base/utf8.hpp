// SPDX-License-Identifier: BSD-3-Clause
//
// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. NUL is a character like others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dumbwaiter {

// Offset of the first byte that belongs to no well-formed character; npos if there is none.
size_t utf8_fault(std::string_view bytes);

inline bool is_utf8(std::string_view bytes)
{
    return utf8_fault(bytes) == std::string_view::npos;
}

// The same text, each malformed sequence (its longest prefix that could have begun a character) as one U+FFFD.
std::string repair_utf8(std::string_view bytes);

// The longest beginning of at most `max` bytes that cuts no character in two.
std::string_view utf8_prefix(std::string_view text, size_t max);

// Text that may be anything, made fit to be kept: UTF-8, at most `max` bytes, cut between characters.
std::string clean_utf8(std::string_view bytes, size_t max);

}  // namespace dumbwaiter
