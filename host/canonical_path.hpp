// SPDX-License-Identifier: BSD-3-Clause
//
// One path for each file, whatever links lead to it.
#pragma once

#include <filesystem>
#include <system_error>

namespace dumbwaiter {

// The path itself where there is no file.
inline std::filesystem::path canonical_of(const std::filesystem::path& file)
{
    std::error_code error;
    std::filesystem::path canonical = std::filesystem::canonical(file, error);
    return error ? file : canonical;
}

}  // namespace dumbwaiter
