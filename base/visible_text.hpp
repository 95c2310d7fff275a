// SPDX-License-Identifier: BSD-3-Clause
//
// A text of anybody's on one line of ours.
#pragma once

#include <string>
#include <string_view>

namespace dumbwaiter {

// The text as it is, but for what ends a line or steers a terminal: control characters (also those of two bytes, U+0080
// to U+009F) and the line separators U+2028 and U+2029 as "\n", "\t", "\r" or "\u001b"; what is no UTF-8 as U+FFFD.
// Quotation marks and backslashes stay, so this is for people, not to be turned back.
std::string visible_text(std::string_view text);

}  // namespace dumbwaiter
