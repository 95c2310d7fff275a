// SPDX-License-Identifier: BSD-3-Clause
//
// Which file or folder it is, whatever path leads to it and whatever links are on the way.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <compare>
#include <filesystem>

#include "descriptor.hpp"

namespace dumbwaiter {

struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    auto operator<=>(const FileIdentity&) const = default;
};

inline FileIdentity identity_of(const struct stat& facts)
{
    return {facts.st_dev, facts.st_ino};
}

// {}: nothing is there, or it may not be looked at.
inline FileIdentity identity_of(const std::filesystem::path& file)
{
    struct stat facts {};
    return ::stat(file.c_str(), &facts) == 0 ? identity_of(facts) : FileIdentity{};
}
inline FileIdentity identity_of(const Descriptor& file)
{
    struct stat facts {};
    return ::fstat(file.number(), &facts) == 0 ? identity_of(facts) : FileIdentity{};
}

}  // namespace dumbwaiter
