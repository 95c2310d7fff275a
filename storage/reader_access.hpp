// SPDX-License-Identifier: BSD-3-Clause
//
// May this process read the store, and how: with LMDB's locks, or without them on read-only media.
#pragma once

#include <filesystem>

#include "lmdb_env.hpp"
#include "status.hpp"

namespace dumbwaiter {

// kNoStore, kDenied: a sentence with what to do. no_lock is set where no lock can be taken and no host writes.
Expected<LmdbOptions> reader_access(const std::filesystem::path& folder);

// For who reads without locks: has another process the store open for writing, as far as can be asked?
bool is_in_use(const std::filesystem::path& folder);

}  // namespace dumbwaiter
