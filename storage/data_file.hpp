// SPDX-License-Identifier: BSD-3-Clause
//
// A look at data.mdb before LMDB maps it.
#pragma once

#include <filesystem>

#include "status.hpp"

namespace dumbwaiter {

// kDamaged where the file ends before the roots of its trees: LMDB would map it all the same, and the first read end
// the process by SIGBUS. What LMDB refuses by itself (an empty file, another format) is no fault here, nor is a file
// that was cut behind the roots, which only a walk of verify finds: its promised end may lie past what was ever
// written.
Status check_data_file(const std::filesystem::path& folder);

}  // namespace dumbwaiter
