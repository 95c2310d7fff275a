// SPDX-License-Identifier: BSD-3-Clause
//
// Work that may crash on damaged bytes, done in a child process that only its parent hears of.
#pragma once

#include <functional>
#include <string>

#include "status.hpp"

namespace dumbwaiter {

struct ChildWork {
    std::string output;   // what the work gave, whole only if `failure` is empty
    std::string failure;  // "" or how it ended: "SIGSEGV", "exited with 3", "took longer than 60 s"
};

// Forks, runs `work` there, and hands back its text. The child has no core dump, default signals, no stderr, and dies
// with the thread that forked it. `work` must not touch what other threads of the parent may hold locked, malloc
// excepted. kIo if there is no fork.
Expected<ChildWork> run_in_child(const std::function<std::string()>& work, unsigned limit_seconds);

}  // namespace dumbwaiter
