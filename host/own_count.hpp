// SPDX-License-Identifier: BSD-3-Clause
//
// RLIMIT_NPROC for one process and what it starts, where the kernel counts by user and lets root pass.
#pragma once

#include "status.hpp"

namespace dumbwaiter {

// From here on this process and its descendants are counted by themselves. While it has one thread.
// child_limits.hpp says what that changes for the process.
Status count_tasks_apart();

}  // namespace dumbwaiter
