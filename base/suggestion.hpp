// SPDX-License-Identifier: BSD-3-Clause
//
// "Did you mean ...?": the nearest of the names that would have been right.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace dumbwaiter {

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. O(a.size() *
// b.size()).
size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, the first of equals, or "" when none is near enough to be worth saying: at most one
// edit for every three characters, and three at most. A difference in case alone is always near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// `; did you mean "frequency"?`, or "" when nothing is near. Made to be appended to a message.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace dumbwaiter
