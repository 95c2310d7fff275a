// SPDX-License-Identifier: BSD-3-Clause
//
// The kernel's own files, and maps that keep the order they are written in.
#pragma once

#include <dumbwaiter/plugin.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

template <typename T>
using Entries = std::vector<std::pair<const char*, T>>;
using Number = std::variant<std::uint64_t, double>;

inline std::ifstream open_kernel_file(const std::string& path, const char* advice = "; is /proc mounted?")
{
    std::ifstream file(path);
    if (!file) throw dumbwaiter::Failed(path + ": " + std::strerror(errno) + advice);
    return file;
}
