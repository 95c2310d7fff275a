// SPDX-License-Identifier: BSD-3-Clause
//
// [autoload]: functions that no line of the manifest names, since their library lies in one of its plugin_path folders.
#pragma once

#include <string>
#include <vector>

#include "manifest.hpp"
#include "registry.hpp"

namespace dumbwaiter {

// One such function; all that it says itself.
struct Autoloaded {
    std::string library;  // "libfoo.so"
    std::string symbol;
    Nanoseconds frequency{0};  // 0 = it suggests none
};

struct Autoload {
    std::vector<Autoloaded> functions;
    std::vector<std::string> broken;  // libraries of which nothing can be run as they are now
    // Digests of libraries that hung while they were loaded, now or before.
    std::vector<std::string> hung;
    // What is there and is not run, and what the manifest says of drop-ins and does not hold; the latter has a place.
    std::vector<Problem> faults;
    // Is this one that would be run still, were its library sound? What runs of it goes on.
    bool keeps(const FunctionSpec& spec) const;
};

// Looks for functions in the plugin_path folders of a manifest that resolve() found good, and adds those that can run
// to both of its arguments. What the manifest names itself goes first: the same function is not run under two names,
// and a name that is taken stays with whom it has. A library that is broken is a fault, never a problem. Runs none of
// its code in this process; of those that `hung` before nothing is tried again. Forks: call it before the process has
// threads.
Autoload load_drop_ins(Manifest& manifest, Resolution& resolution, const std::vector<std::string>& hung = {});

// The same functions into the same manifest, parsed again.
void add_autoloaded(Manifest& manifest, const std::vector<Autoloaded>& functions);

}  // namespace dumbwaiter
