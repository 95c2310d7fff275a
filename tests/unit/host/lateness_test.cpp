// SPDX-License-Identifier: BSD-3-Clause
#include "lateness.hpp"

#include <doctest/doctest.h>

using namespace dumbwaiter;

TEST_CASE("quantiles of lateness are right within an eighth")
{
    Lateness lateness;
    CHECK(lateness.quantile(0.5) == 0);
    for (int64_t i = 1; i <= 100'000; ++i) lateness.add(i * 1000);
    for (const double share : {0.01, 0.5, 0.9, 0.99}) {
        const double exact = share * 1e8;
        CAPTURE(share);
        CHECK(static_cast<double>(lateness.quantile(share)) >= exact * 0.999);
        CHECK(static_cast<double>(lateness.quantile(share)) <= exact * 1.126);
    }
    CHECK(lateness.most() == 100'000'000);
    CHECK(lateness.quantile(1) == 100'000'000);
}

TEST_CASE("early is not late, and nothing is too late to be counted")
{
    Lateness lateness;
    lateness.add(-5);
    CHECK(lateness.quantile(1) == 0);
    lateness.add(INT64_MAX);
    CHECK(lateness.most() == INT64_MAX);
    CHECK(lateness.quantile(1) == INT64_MAX);
}
