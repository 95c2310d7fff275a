// SPDX-License-Identifier: BSD-3-Clause
//
// A piece of work done in a child process that is thrown away: what it says, or how it died.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>

#include "status.hpp"

namespace dumbwaiter {

struct Trial {
    // What `work` returned, 64 MiB at most; not to be trusted, the child may run anyone's code.
    std::string said;
    // "died of SIGABRT", "exited with 7", "hung for 10 s and was killed", ...; "" = it came to its end.
    std::string death;
    bool has_hung = false;  // so that it was killed
};

// Forks: call it before the process has threads. The child has no descriptors but /dev/null, its pipe and those `kept`
// (under their own numbers, but 3), makes no core dump, and takes all that it started along when it goes. A SIGTERM or
// SIGINT that the caller blocks ends it at once, and stays pending. Errors are those of the system.
Expected<Trial> run_trial(const std::function<std::string()>& work, std::chrono::milliseconds time_limit,
                          std::span<const int> kept = {});

}  // namespace dumbwaiter
