// SPDX-License-Identifier: BSD-3-Clause
//
// The text of a PostgreSQL array: {1,NULL,"two \"words\"",{3}}.
#pragma once

#include <dumbwaiter/plugin.hpp>

#include <functional>
#include <string_view>

// Puts it as arrays, each element that is not NULL by `put_element`. Returns what the puts returned; throws Failed for
// what is no such text.
std::int32_t put_array(dw_call* call, std::string_view text,
                       const std::function<std::int32_t(std::string_view element)>& put_element);
