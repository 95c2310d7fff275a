// SPDX-License-Identifier: BSD-3-Clause
//
// Where a thread's Python code is.
#pragma once

#include <string>

// "inner (/path/file.py:7) <- outer (/path/file.py:3)", innermost first; "" where the thread runs none. With the
// interpreter's lock held, which may be given away meanwhile.
std::string python_stack(unsigned long thread);
