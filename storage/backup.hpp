// SPDX-License-Identifier: BSD-3-Clause
//
// A copy of a store as it is at one moment, taken beside a running host.
#pragma once

#include <filesystem>

#include "status.hpp"
#include "verify.hpp"

namespace dumbwaiter {

// Copies the newest snapshot of the store in `folder` to the new folder `copy`, whose parent is there already. The copy
// has no free pages and says nothing of a host. It gets its name when every record of it was checked and all of it is
// on the disk; until then it lies beside, as `.NAME.partial-XXXXXX`. Such folders of backups that were killed are
// removed by the next one. The host goes on meanwhile, but cannot use again what it frees.
//
// kInvalidArgument: `copy` cannot be made, and nothing was read. kDamaged: the store is. kNoStore, kDenied,
// kIncompatible, kFull, kIo: as they say. No error leaves anything behind.
Expected<VerifyReport> back_up_store(const std::filesystem::path& folder, const std::filesystem::path& copy);

}  // namespace dumbwaiter
