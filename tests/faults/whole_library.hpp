// SPDX-License-Identifier: BSD-3-Clause
//
// Versions of whole.so, which fails if it was put together from two of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dumbwaiter::test {

std::string whole_library(uint64_t version);

// As a person copies it: written beside, then moved over.
void put_file(const std::filesystem::path& file, std::string_view bytes);
// As `cp` does it onto a file that is there; or without emptying it before.
void overwrite_file(const std::filesystem::path& file, std::string_view bytes, bool empties = true);

}  // namespace dumbwaiter::test
