// SPDX-License-Identifier: BSD-3-Clause
//
// What a function that is autoloaded is called. Pure.
#pragma once

#include <string>
#include <string_view>

namespace dumbwaiter {

// "libfoo.tick", of "libfoo.so" and "tick".
std::string autoload_name(std::string_view library, std::string_view symbol);

// Could some function of some library be called this?
bool is_autoload_name(std::string_view name);

}  // namespace dumbwaiter
