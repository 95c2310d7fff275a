// SPDX-License-Identifier: BSD-3-Clause
#include "doubled_signals.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <initializer_list>

using namespace dumbwaiter;

TEST_CASE("a signal that comes from its sender and is handed on is one, in either order, each time")
{
    DoubledSignals signals;
    for (const bool first : {true, false, true}) {
        CHECK_FALSE(signals.is_other_half(SIGTERM, first, kSecond));
        CHECK(signals.is_other_half(SIGTERM, !first, kSecond));
    }
}

TEST_CASE("two signals of one way are two, and so are different ones and those that are far apart")
{
    DoubledSignals signals;
    CHECK_FALSE(signals.is_other_half(SIGTERM, true, kSecond));
    CHECK_FALSE(signals.is_other_half(SIGTERM, true, kSecond));
    CHECK_FALSE(signals.is_other_half(SIGINT, false, kSecond));
    CHECK_FALSE(signals.is_other_half(SIGINT, true, 60 * kSecond));
}
