// SPDX-License-Identifier: BSD-3-Clause
//
// The folder of a store and its files: who may do what with them, and on which file systems they may lie.
#pragma once

#include <filesystem>
#include <string>

#include "status.hpp"

namespace dumbwaiter {

// Makes the folder (0750) and its parents where they are missing, and gives it to `group` unless that is empty.
// kDenied, kInvalidArgument (no such group), kIncompatible (a file system that LMDB cannot live on).
Status prepare_folder(const std::filesystem::path& folder, const std::string& group);

// Whether there is such a group; "" is none that would have to be there.
Status check_group(const std::string& group);

// data.mdb 0640, lock.mdb 0660, wake 0640, whatever the umask, and their group.
Status secure_files(const std::filesystem::path& folder, const std::string& group);

// Of one file; "" leaves it as it is.
Status give_to_group(const std::filesystem::path& path, const std::string& group);

// Moves data.mdb and lock.mdb into FOLDER/damaged-TIMESTAMP/, and gives that path.
Expected<std::filesystem::path> set_aside(const std::filesystem::path& folder);

}  // namespace dumbwaiter
