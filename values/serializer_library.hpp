// SPDX-License-Identifier: BSD-3-Clause
//
// A serializer found by those who only read: its library opened by the dynamic loader alone.
#pragma once

#include <dumbwaiter/plugin.h>

#include <filesystem>
#include <string>

#include "status.hpp"

namespace dumbwaiter {

// Opens the library (now, local), runs its constructors, and never unloads it. kIncompatible: it cannot be loaded, or
// its info is not for this build; kNotFound: it exports no such serializer. The message begins with the file.
Expected<dw_serializer_info> open_serializer(const std::filesystem::path& file, const std::string& symbol);

}  // namespace dumbwaiter
