// SPDX-License-Identifier: BSD-3-Clause
//
// What to say of an exception that left a plugin.
#pragma once

#include <string>

namespace dumbwaiter {

// Inside a catch block: "threw std::runtime_error: its text", or "threw int". UTF-8 whatever was thrown, at most
// kMaxReportText bytes.
std::string exception_text();

}  // namespace dumbwaiter
