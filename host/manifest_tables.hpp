// SPDX-License-Identifier: BSD-3-Clause
//
// The tables of a manifest, each read into its part of the Manifest. parse_manifest() puts them together.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "manifest_fields.hpp"

namespace dumbwaiter {

// [dumbwaiter], [limits], [library] and the tables of later capabilities into `settings`; unknown tables become
// problems. `folder` is where relative paths begin.
void read_settings(const TomlValue& root, const std::filesystem::path& folder, Settings& settings,
                   ProblemList& problems);

// [functions], with the defaults of `settings`, in byte order of their names.
std::vector<FunctionSpec> read_functions(const TomlValue& root, const std::filesystem::path& folder,
                                         const Settings& settings, ProblemList& problems);

// One that no line says anything of but its library and symbol.
FunctionSpec function_by_default(std::string name, std::string library, std::string symbol, const Manifest& manifest);

// [library], over what [limits] and [dumbwaiter] say, which are in `settings` already.
void read_libraries(const TomlValue& root, const std::filesystem::path& folder, Settings& settings,
                    ProblemList& problems);

// The libraries that functions and serializers name.
std::vector<std::string_view> used_libraries(const Manifest& manifest);

// What the entries of [library] and [functions] mean for each other: libraries that nothing uses, limits and sandboxes
// that could not hold, groups whose libraries differ.
void check_libraries(const Manifest& manifest, ProblemList& problems);

// Where the store's place is said, or may have been meant to be: `store` and its near misses, and what stands where
// [dumbwaiter] should.
std::vector<Position> store_places(const TomlValue& root);

// One of the keys of [limits]; `at` becomes the place of the first one that limits child processes.
void read_limit(const TomlEntry& entry, Limits& limits, Position& at, ProblemList& problems);

// `sandbox`, of [dumbwaiter] or of a library.
void read_sandbox(const TomlEntry& entry, Sandbox& sandbox, ProblemList& problems);

// An array of paths, each of them relative to `folder`.
void read_paths(const TomlEntry& entry, std::string_view example, const std::filesystem::path& folder,
                std::vector<std::filesystem::path>& out, ProblemList& problems);

// Is this the key of a table at the top, a key of [dumbwaiter], of [limits], of a library, or of a function? For advice
// where one stands in the other's place.
bool is_table_key(std::string_view key);
bool is_settings_key(std::string_view key);
bool is_limit_key(std::string_view key);
bool is_library_key(std::string_view key);
bool is_function_key(std::string_view key);

}  // namespace dumbwaiter
