// SPDX-License-Identifier: BSD-3-Clause
//
// Landlock, the kernel's way for a process to give up parts of the file system, by its system calls.
#pragma once

#include <cstdint>
#include <filesystem>

#include "descriptor.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Collects what stays allowed; enter() gives up the rest, for good, for this thread and all it starts.
class Landlock {
public:
    enum class Access { kRead, kReadAndExecute, kReadAndWrite };

    // With `network`, TCP and abstract sockets stay as they are (older kernels have no say in them anyway).
    Status begin(bool network);

    // A file, or a folder with all below it. kNotFound where there is none.
    Status allow(const std::filesystem::path& path, Access access);

    // Sets no_new_privs. While the process has one thread.
    Status enter();

private:
    Descriptor ruleset_;
    uint64_t handled_ = 0;
};

// An error says what the kernel lacks.
Status landlock_available();

}  // namespace dumbwaiter
