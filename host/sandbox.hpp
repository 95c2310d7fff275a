// SPDX-License-Identifier: BSD-3-Clause
//
// sandbox = "strict": what a child gives up before it opens its library.
#pragma once

#include <filesystem>
#include <span>

#include "library_spec.hpp"
#include "status.hpp"

namespace dumbwaiter {

// What stays: to read (and execute, with allow_processes) programs, libraries, locales and time zones of the system;
// /proc of the process itself and a few counters of the machine; /dev/null, zero, full, random; `libraries` (files or
// folders, to be read), which are where the child's own code is; and what the manifest allows. Without allow_network
// there are no sockets, without allow_processes no new processes or programs. Landlock holds for files (and, from
// kernel 6.12 on, for signals to others), a filter of system calls for the rest. Not held: metadata (stat of any path),
// and descriptors that are open already.
//
// While the process has one thread, after ChildLimits::apply(). After an error some of it holds: leave.
Status enter_sandbox(const Sandbox& sandbox, std::span<const std::filesystem::path> libraries);

// An error says what the kernel or the build lacks.
Status sandbox_available();

}  // namespace dumbwaiter
