// SPDX-License-Identifier: BSD-3-Clause
#include "stable_vector.hpp"

#include <doctest/doctest.h>

using namespace dumbwaiter;

TEST_CASE("elements of a stable vector keep their values and their places while it grows")
{
    StableVector<size_t> vector(3);
    size_t* const first = &vector[0];
    for (size_t i = 0; i < 3; ++i) vector[i] = i;
    for (size_t i = 3; i < 10'000; ++i) vector.emplace_back() = i;
    CHECK(vector.size() == 10'000);
    CHECK(first == &vector[0]);
    bool same = true;
    for (size_t i = 0; i < vector.size(); ++i) same &= vector[i] == i;
    CHECK(same);
    vector.grow(5);
    CHECK(vector.size() == 10'000);
}
