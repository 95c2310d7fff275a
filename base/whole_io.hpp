// SPDX-License-Identifier: BSD-3-Clause
//
// Writing all of it and reading to the end, whatever interrupts.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace dumbwaiter {

// False with errno: some of it may be written.
inline bool write_all(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
}

// Appends what is left to be read, and stops once `out` is longer than `most`, which the caller is to notice. False
// with errno: the system failed.
inline bool read_all(int descriptor, size_t most, std::string& out)
{
    char block[64 * 1024];
    while (out.size() <= most) {
        const ssize_t count = ::read(descriptor, block, sizeof block);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count == 0;
        out.append(block, static_cast<size_t>(count));
    }
    return true;
}

}  // namespace dumbwaiter
