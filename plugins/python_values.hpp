// SPDX-License-Identifier: BSD-3-Clause
//
// Values to Python objects and back. With the interpreter's lock held.
#pragma once

#include <dumbwaiter/plugin.hpp>

#include "python_object.hpp"

// null, bool, int, float, str, bytes, an aware datetime in UTC (whole microseconds), list, dict. Throws
// dumbwaiter::Failed.
Object to_python(const dumbwaiter::Argument& value);

// Puts None, bool, int, float, str, bytes, datetime and date (naive ones count as UTC), Decimal (its text), list, tuple
// and dict with text keys. Of anything else it says where it is and what. Returns what `run` returns.
std::int32_t put_python(dw_call* call, PyObject* object);
