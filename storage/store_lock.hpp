// SPDX-License-Identifier: BSD-3-Clause
//
// host.lock: at most one process writes a store.
#pragma once

#include <filesystem>
#include <utility>

#include "status.hpp"

namespace dumbwaiter {

// Held until destroyed, or until the process and every child that inherited it ended. Move-only.
class HostLock {
public:
    // kBusy at once if another process holds it; the message names its pid.
    static Expected<HostLock> take(const std::filesystem::path& folder);

    HostLock(HostLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    HostLock& operator=(HostLock&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~HostLock();

private:
    explicit HostLock(int fd) : fd_(fd) {}
    int fd_ = -1;
};

}  // namespace dumbwaiter
