// SPDX-License-Identifier: BSD-3-Clause
//
// What this process has of memory now (proc_pid_statm(5)). The file stays open: a look takes a microsecond, and is
// possible when no descriptors are left.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "descriptor.hpp"

namespace dumbwaiter {

class OwnMemory {
public:
    struct Resident {
        uint64_t bytes = 0;
        uint64_t of_files = 0;  // of them; memory that processes share counts as a file's
    };

    // Thread-safe. None where there is no /proc.
    std::optional<Resident> resident() const
    {
        std::array<char, 128> text{};
        unsigned long all = 0, of_files = 0;
        if (::pread(statm_.number(), text.data(), text.size() - 1, 0) <= 0) return std::nullopt;
        if (std::sscanf(text.data(), "%*u %lu %lu", &all, &of_files) != 2) return std::nullopt;
        const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
        return Resident{.bytes = all * page, .of_files = of_files * page};
    }

private:
    const Descriptor statm_{::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)};
};

}  // namespace dumbwaiter
