// SPDX-License-Identifier: BSD-3-Clause
//
// Where the manifest and the store are: command line, environment, the usual places.
#pragma once

#include <filesystem>
#include <vector>

#include "options.hpp"
#include "status.hpp"

namespace dumbwaiter {

// --manifest, else $DUMBWAITER_MANIFEST, else the first that exists of ./dumbwaiter.toml (only if it, and what it links
// to, is root's or the caller's; else a warning says so), $XDG_CONFIG_HOME/dumbwaiter/dumbwaiter.toml and
// /etc/dumbwaiter/dumbwaiter.toml. kNotFound lists the places. One that is named is not looked at here.
Expected<std::filesystem::path> find_manifest(const Options& options);

// A reader's store: --store, else $DUMBWAITER_STORE, else what the manifest says. kInvalidArgument where it does not say
// it soundly; other faults of the manifest do not matter here.
Expected<std::filesystem::path> find_store(const Options& options);

// Folders that the manifest names for its serializer plugins; none where the store was named without a manifest.
std::vector<std::filesystem::path> plugin_folders(const Options& options);

}  // namespace dumbwaiter
