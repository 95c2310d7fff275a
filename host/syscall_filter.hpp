// SPDX-License-Identifier: BSD-3-Clause
//
// System calls that a child gives up for itself and all it starts. The only room for libseccomp.
#pragma once

#include "status.hpp"

namespace dumbwaiter {

// What is given up fails with EPERM. Both set no_new_privs, and are called while the process has one thread.

// No process can be started; threads can.
Status forbid_processes();

// What a library that computes never needs: looking into or signalling other processes, other users' rights,
// namespaces, mounts, modules, the clock, io_uring, and the like; unless allowed, sockets and processes.
struct AllowedCalls {
    bool network = false;
    bool processes = false;
};
Status forbid_what_computing_never_needs(AllowedCalls allowed);

// An error says what this build or the kernel lacks.
Status syscall_filters_available();

}  // namespace dumbwaiter
