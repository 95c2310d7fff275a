// SPDX-License-Identifier: BSD-3-Clause
//
// The one interpreter of the process, and where it looks for modules.
#pragma once

#include <string>
#include <vector>

// Starts it at the first call; later ones find it running. It is never ended: it lives as long as the process. Throws
// dumbwaiter::Failed. Any thread, without the lock.
void start_interpreter();

// Puts these folders first in sys.path, in their order, but for those that are in it. With the lock held; throws.
void prepend_to_path(const std::vector<std::string>& folders);

// Adds the site-packages of a virtual environment, as its own python would: .pth files count. With the lock; throws.
void add_virtual_environment(const std::string& folder);
