// SPDX-License-Identifier: BSD-3-Clause
//
// Whose word is taken: files that decide what code runs must be written by root or by this user only.
#pragma once

#include <filesystem>
#include <string>

#include "descriptor.hpp"
#include "manifest.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Opens a regular file for reading. With Trust::kOwner the file, every folder above it up to / and every symbolic link
// on the way belong to root or to the effective uid, and group and others may not write them; a sticky folder such as
// /tmp may be writable, as each entry below it is looked at too, but then the file has no other name (hard link).
// All of it is checked on open descriptors, each opened in its parent, so nothing can be swapped between look and use.
// Trust::kAny takes any regular file. kDenied: somebody else may write it, with the command that mends it;
// kIncompatible: no regular file. The message begins with the path at fault.
Expected<Descriptor> open_trusted(const std::filesystem::path& file, Trust trust);

// Is every folder of this path, itself included, such that only root and this user can put something there? A sticky
// folder is not. Errors as above.
Status check_folder(const std::filesystem::path& folder);

// What $DUMBWAITER_TRUST says of a manifest itself, and of all that does not say otherwise: kAny if it is "any". The
// manifest cannot say it of itself: whoever may write it could write that as well.
Trust trust_of_environment();

// What [library] says of this one, by its name as the manifest has it, or else by that of its file; null: nothing.
const LibrarySpec* spec_of_library(const Settings& settings, const std::string& name,
                                   const std::filesystem::path& file);

// What holds where [library] says nothing.
Trust default_trust(const Settings& settings);
Trust trust_of_library(const Settings& settings, const std::string& name, const std::filesystem::path& file);
// What there is to be said where that trusts anybody, and others are not trusted so; "" = nothing.
std::string trust_warning(const Settings& settings, const std::filesystem::path& file, Trust trust);

}  // namespace dumbwaiter
