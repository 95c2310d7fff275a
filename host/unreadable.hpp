// SPDX-License-Identifier: BSD-3-Clause
//
// Why this user cannot read a file or a folder, in words that say what to change.
#pragma once

#include <filesystem>
#include <string>

namespace dumbwaiter {

// "" where it can be read. Begins with the path at fault, which may be a link on the way, where that leads to, or a
// folder above it. Of the moment: who opens the file nevertheless asks again.
std::string why_unreadable(const std::filesystem::path& path);

}  // namespace dumbwaiter
