// SPDX-License-Identifier: BSD-3-Clause
//
// Python's exceptions as the texts of reports.
#pragma once

#include <string>

// The text of the exception that is set, which it takes away: "ValueError: why", then the traceback. With the lock
// held.
std::string take_error_text();

// The same, thrown as dumbwaiter::Failed.
[[noreturn]] void throw_python_error();
