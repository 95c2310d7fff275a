// SPDX-License-Identifier: BSD-3-Clause
//
// A descriptor of a process: readable once it is dead, and never another one's.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "descriptor.hpp"

namespace dumbwaiter {

// Not open, with errno, if that cannot be had.
inline Descriptor open_process(pid_t pid)
{
    return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

}  // namespace dumbwaiter
