// SPDX-License-Identifier: BSD-3-Clause
//
// Sizes as a manifest writes them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace dumbwaiter {

// "\"64MiB\"", with its quotes, or a plain number of bytes.
inline std::string size_text(uint64_t bytes)
{
    if (bytes >= (1 << 20) && bytes % (1 << 20) == 0) return fmt::format("\"{}MiB\"", bytes >> 20);
    return fmt::format("{}", bytes);
}

}  // namespace dumbwaiter
