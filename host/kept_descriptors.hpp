// SPDX-License-Identifier: BSD-3-Clause
//
// Closing what a child must not have.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <vector>

namespace dumbwaiter {

// Closes every descriptor from `first` on but those that are kept.
inline void close_all_but(unsigned first, std::vector<int> kept)
{
    std::ranges::sort(kept);
    for (const int descriptor : kept) {
        const auto number = static_cast<unsigned>(descriptor);
        if (number > first) ::close_range(first, number - 1, 0);
        first = std::max(first, number + 1);
    }
    ::close_range(first, ~0U, 0);
}

}  // namespace dumbwaiter
