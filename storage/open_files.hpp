// SPDX-License-Identifier: BSD-3-Clause
//
// The LMDB files that this process has open: closing any descriptor of a lock.mdb would drop the locks of all, so a
// file is never opened twice.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <vector>

#include "file_identity.hpp"

namespace dumbwaiter {

// Thread-safe. A forked child starts with none.
class OpenFiles {
public:
    static OpenFiles& instance();

    bool add(FileIdentity id);  // false: it is open already
    void remove(FileIdentity id);

private:
    std::mutex mutex_;
    std::vector<FileIdentity> ids_;  // guarded by mutex_
    pid_t owner_ = 0;                // guarded by mutex_; whose ids_ are
};

}  // namespace dumbwaiter
