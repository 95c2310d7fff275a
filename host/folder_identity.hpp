// SPDX-License-Identifier: BSD-3-Clause
//
// Which folder a path leads to, whatever links are on its way.
#pragma once

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace dumbwaiter {

// The same for paths that lead to one folder; "" = nothing is there.
inline std::string folder_identity(const std::filesystem::path& folder)
{
    struct stat facts {};
    return ::stat(folder.c_str(), &facts) == 0 ? fmt::format("{} {}", facts.st_dev, facts.st_ino) : std::string();
}

}  // namespace dumbwaiter
