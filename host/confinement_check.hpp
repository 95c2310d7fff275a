// SPDX-License-Identifier: BSD-3-Clause
//
// Can this machine hold what the manifest promises of its libraries?
#pragma once

#include <vector>

#include "manifest.hpp"

namespace dumbwaiter {

// Tries the limits and the sandbox of each library that runs in a child process on a child that is thrown away.
// Problems stand at the sandbox, or at the first limit. Forks: call it before the process has threads.
std::vector<Problem> confinement_problems(const Manifest& manifest);

}  // namespace dumbwaiter
