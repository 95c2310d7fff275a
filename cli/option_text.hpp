// SPDX-License-Identifier: BSD-3-Clause
//
// Words of the command line that need nothing of CLI11: what its help says first, and what numbers it takes.
#pragma once

#include <optional>
#include <string>

namespace dumbwaiter {

extern const char* const kExamples;     // of dumbwaiter
extern const char* const kRunExamples;  // of run_dumbwaiter

// What is wrong with the text, as CLI11's checks say it; "" if nothing is.
std::string whole_number_fault(const std::string& text);  // CLI11 would take -1 as 2^64 - 1
std::string seconds_fault(const std::string& text);
std::string duration_fault(const std::string& text);

// "90", "90s", "30m", "1.5h", "2d": more than 0 and at most 366 days; nullopt for anything else.
std::optional<double> duration_seconds(const std::string& text);

// One empty line between the parts of a help text.
std::string tidied(std::string help);

}  // namespace dumbwaiter
