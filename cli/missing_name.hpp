// SPDX-License-Identifier: BSD-3-Clause
//
// What to say of a name that has no value.
#pragma once

#include <string>

#include "store_reader.hpp"

namespace dumbwaiter {

// One sentence: the function is known and has not brought a value yet (and what its last run said, or why it does not
// run), or nobody knows it (and which name could have been meant).
std::string why_missing(const StoreReader& store, const std::string& name);

}  // namespace dumbwaiter
