// SPDX-License-Identifier: BSD-3-Clause
//
// What errno says, as an error.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "status.hpp"

namespace dumbwaiter {

// kIo, "fork failed: Resource temporarily unavailable".
inline std::unexpected<Error> system_failure(std::string_view doing)
{
    return failure(Code::kIo, fmt::format("{} failed: {}", doing, std::strerror(errno)));
}

}  // namespace dumbwaiter
