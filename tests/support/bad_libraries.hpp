// SPDX-License-Identifier: BSD-3-Clause
//
// Hundreds of bad libraries, made from a good one.
#pragma once

#include <string>
#include <vector>

namespace dumbwaiter::test {

struct BadLibrary {
    std::string what, bytes;
    std::string reason;  // part of what it is to be refused with
};

// `good` is a library with one function, `now`.
std::vector<BadLibrary> bad_libraries(const std::string& good);

}  // namespace dumbwaiter::test
