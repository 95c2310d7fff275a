// SPDX-License-Identifier: BSD-3-Clause
//
// "lib.so:symbol", of a function or of a serializer.
#pragma once

#include <filesystem>
#include <string>

#include "info_fault.hpp"
#include "manifest_fields.hpp"

namespace dumbwaiter {

// A library with a slash is taken from `folder`. Where the text is none of this form it becomes a problem, and
// `library` and `symbol` stay as they are.
void read_library_symbol(const TomlEntry& entry, InfoKind kind, const std::filesystem::path& folder,
                         std::string& library, std::string& symbol, ProblemList& problems);

}  // namespace dumbwaiter
