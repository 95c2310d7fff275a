// SPDX-License-Identifier: BSD-3-Clause
//
// The tables of a manifest, each read into its part of the Manifest. parse_manifest() puts them together.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "manifest_fields.hpp"

namespace dumbwaiter {

// [dumbwaiter], [limits] and the tables of later capabilities into `settings`; unknown tables become problems.
// `folder` is where relative paths begin.
void read_settings(const TomlValue& root, const std::filesystem::path& folder, Settings& settings,
                   ProblemList& problems);

// [functions], with the defaults of `settings`, in byte order of their names.
std::vector<FunctionSpec> read_functions(const TomlValue& root, const std::filesystem::path& folder,
                                         const Settings& settings, ProblemList& problems);

// Is this the key of a table at the top, a key of [dumbwaiter], or one of a function? For advice where one stands in
// the other's place.
bool is_table_key(std::string_view key);
bool is_settings_key(std::string_view key);
bool is_function_key(std::string_view key);

}  // namespace dumbwaiter
