// SPDX-License-Identifier: BSD-3-Clause
//
// The files of the folder conf.d beside a manifest: each brings functions and what holds for libraries.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "manifest_fields.hpp"

namespace dumbwaiter {

inline constexpr std::string_view kPartsFolder = "conf.d";
inline constexpr size_t kMaxManifestSize = size_t{64} << 20;

// "x.toml" is one; hidden files, and names that end otherwise (backups of editors and packages), are nobody's business.
bool is_part_name(std::string_view name);

// All of them, in byte order of their names; none where there is no such folder. They are opened as open_trusted() has
// it, whoever asks. The error: why the folder cannot be looked through, or is not to be trusted.
std::expected<std::vector<ManifestPart>, std::string> read_parts(const std::filesystem::path& folder, Trust trust);

// Adds their [functions] and [library] to those of the manifest. False: one of them could not be understood, so not
// everything is there.
bool merge_parts(const std::vector<ManifestPart>& parts, TomlValue& root, ProblemList& problems);

}  // namespace dumbwaiter
