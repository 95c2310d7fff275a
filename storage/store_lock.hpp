// SPDX-License-Identifier: BSD-3-Clause
//
// host.lock: at most one process writes a store.
#pragma once

#include <filesystem>

#include "descriptor.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Held until destroyed, or until the process and every child that inherited it ended. Move-only.
class HostLock {
public:
    // kBusy at once if another process holds it; the message names its pid.
    static Expected<HostLock> take(const std::filesystem::path& folder);

    HostLock(HostLock&&) noexcept = default;
    HostLock& operator=(HostLock&&) noexcept = default;
    ~HostLock();

private:
    explicit HostLock(Descriptor file) : file_(std::move(file)) {}
    Descriptor file_;
};

}  // namespace dumbwaiter
