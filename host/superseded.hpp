// SPDX-License-Identifier: BSD-3-Clause
//
// What need not be stored any more of results that could not be stored so far. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "store.hpp"

namespace dumbwaiter {

// Drops what a later change of the same batch trims or replaces anyway, so that a store that cannot be written costs a
// bounded amount of memory. What stays of a name is its newest `depth` values and reports. Returns how many went.
size_t drop_superseded(std::vector<Append>& appends);

}  // namespace dumbwaiter
