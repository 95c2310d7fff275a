// SPDX-License-Identifier: BSD-3-Clause
//
// The table of open files, one a process.
#include "open_files.hpp"

#include <unistd.h>

#include <algorithm>

namespace dumbwaiter {

OpenFiles& OpenFiles::instance()
{
    static OpenFiles& files = *new OpenFiles;  // never destroyed: environments may close during exit
    return files;
}

bool OpenFiles::add(FileIdentity id)
{
    std::lock_guard lock(mutex_);
    if (owner_ != getpid()) {
        owner_ = getpid();
        ids_.clear();
    }
    if (std::find(ids_.begin(), ids_.end(), id) != ids_.end()) return false;
    ids_.push_back(id);
    return true;
}

void OpenFiles::remove(FileIdentity id)
{
    std::lock_guard lock(mutex_);
    if (owner_ == getpid()) std::erase(ids_, id);
}

}  // namespace dumbwaiter
