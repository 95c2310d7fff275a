// SPDX-License-Identifier: BSD-3-Clause
//
// A signal's name for people.
#pragma once

#include <fmt/format.h>

#include <cstring>
#include <string>

namespace dumbwaiter {

// "SIGSEGV", or "signal 35" for one that has no name.
inline std::string signal_name(int number)
{
    const char* const name = ::sigabbrev_np(number);
    return name != nullptr ? std::string("SIG") + name : fmt::format("signal {}", number);
}

}  // namespace dumbwaiter
