// SPDX-License-Identifier: BSD-3-Clause
//
// The folder in which a copy grows until it may have its name.
#pragma once

#include <filesystem>

#include "descriptor.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Move-only. Removes what it holds unless it was named.
class BackupPlace {
public:
    // Makes `.NAME.partial-XXXXXX` (0750) beside `copy`, locked as long as this process lives, and removes those that
    // nobody holds any more. kInvalidArgument if `copy` is there already, or its parent cannot be written.
    static Expected<BackupPlace> make(const std::filesystem::path& copy);

    BackupPlace(BackupPlace&& other) noexcept = default;
    BackupPlace& operator=(BackupPlace&&) = delete;
    ~BackupPlace();

    const std::filesystem::path& folder() const { return partial_; }
    // Once all of it is on the disk; the name is, too, when this returns.
    Status name();

private:
    BackupPlace(std::filesystem::path copy, std::filesystem::path partial, Descriptor lock)
        : copy_(std::move(copy)), partial_(std::move(partial)), lock_(std::move(lock))
    {}

    std::filesystem::path copy_, partial_;
    Descriptor lock_;  // not open: moved from, or named
};

}  // namespace dumbwaiter
