// SPDX-License-Identifier: BSD-3-Clause
//
// How many descriptors the host may have: as many as the system lets it, since each child and each peer takes some. Code
// of others gets what it was before, as select() breaks beyond.
#pragma once

#include <sys/resource.h>

#include <optional>

namespace dumbwaiter {

namespace descriptor_limit {
inline std::optional<rlimit> before;
}

// Before threads and children.
inline void raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    descriptor_limit::before = limit;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// In a child.
inline void restore_descriptor_limit()
{
    if (descriptor_limit::before) ::setrlimit(RLIMIT_NOFILE, &*descriptor_limit::before);
}

}  // namespace dumbwaiter
