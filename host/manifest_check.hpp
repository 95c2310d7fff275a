// SPDX-License-Identifier: BSD-3-Clause
//
// A manifest and where its code is, looked at as a whole: what stands between a text and a host that runs it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "autoload.hpp"
#include "manifest.hpp"
#include "registry.hpp"

namespace dumbwaiter {

struct Checked {
    Manifest manifest;  // with what is autoloaded
    Resolution resolution;
    std::vector<Problem> problems;    // all that is wrong; empty = it can run
    std::string text;                 // of the manifest
    std::vector<ManifestPart> parts;  // of its conf.d
    Autoload autoload;

    bool has(Problem::Kind kind) const { return std::ranges::find(problems, kind, &Problem::kind) != problems.end(); }
    // Nothing is wrong that a running host could not live with.
    bool can_be_taken_over() const { return !has(Problem::Kind::kPlain); }
};

// That of a manifest, where functions run, becomes the working folder.
Status enter_folder(const std::filesystem::path& folder);

// Enters the manifest's folder. `hung`: as of load_drop_ins(). Forks: call it before the process has threads.
Checked check(const std::filesystem::path& file, const std::vector<std::string>& hung = {});

// What another process needs of it to run the same: the resolution without the copies of the libraries, and the
// manifest as its texts, to be parsed again.
std::string pack(const Checked& checked);
// Nothing where the bytes are not pack()'s, or the manifest does not parse to the same functions.
std::optional<Checked> unpack(std::string_view bytes, const std::filesystem::path& file,
                              const std::filesystem::path& folder);

}  // namespace dumbwaiter
