// SPDX-License-Identifier: BSD-3-Clause
//
// What the user sees: data on stdout, messages on stderr, colour where it is wanted and shows.
#pragma once

#include <string>
#include <string_view>

#include "host.hpp"

namespace dumbwaiter {

enum class Color { kPlain, kBold, kDim, kGreen, kYellow, kRed };

// stdout is a terminal that shows colour, and neither --no-color, NO_COLOR nor TERM=dumb speaks against it.
bool wants_color(bool no_color);

// The text between the escapes of a colour; as it is for kPlain.
std::string paint(std::string_view text, Color color);

// Appends to stdout. False once nobody reads it any more: stop then, there is no use in going on.
bool print(std::string_view text);

// "dumbwaiter: SENTENCE" on stderr.
void complain(std::string_view sentence);

// Flushes stdout. Output that could not be written (disk full) turns kDone into kFailed, with a sentence; a reader that
// went away does not.
ExitCode finish_output(ExitCode code);

// One line for a table: control characters become spaces, and what is longer than `limit` characters ends in "...".
std::string one_line(std::string_view text, size_t limit);

}  // namespace dumbwaiter
