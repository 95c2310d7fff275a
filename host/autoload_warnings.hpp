// SPDX-License-Identifier: BSD-3-Clause
//
// What the manifest says of libraries that [autoload] runs, and does not hold, or not yet. No error, as what it is
// meant for may be dropped in later. Pure.
#pragma once

#include <string>
#include <vector>

#include "autoload.hpp"
#include "manifest.hpp"

namespace dumbwaiter {

// In order of place. `manifest` has what is autoloaded; `here` are the names of all libraries in its plugin folders.
std::vector<Problem> autoload_warnings(const Manifest& manifest, const Autoload& autoload,
                                       const std::vector<std::string>& here);

}  // namespace dumbwaiter
