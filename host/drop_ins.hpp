// SPDX-License-Identifier: BSD-3-Clause
//
// The libraries in the plugin_path folders of a manifest, and which of their functions can be run without a line for
// them.
#pragma once

#include <string>
#include <vector>

#include "autoload.hpp"
#include "inspection.hpp"

namespace dumbwaiter {

struct DropIns {
    Autoload autoload;
    std::vector<Binding> bindings;   // by the index in autoload.functions
    std::vector<std::string> names;  // "libfoo.so": all that lie there, whatever they are good for
};

// How often a function that is dropped in runs, as near to what it suggests as there is; 0 = it suggests nothing.
Nanoseconds autoload_frequency(const InspectedFunction& function);

// Of a manifest that resolve() found good. Adds the libraries of which something can be run to `resolution`. Those
// whose digests are in `hung` are not tried again. Forks: call it before the process has threads.
DropIns look_for_drop_ins(const Manifest& manifest, Resolution& resolution, const std::vector<std::string>& hung);

}  // namespace dumbwaiter
