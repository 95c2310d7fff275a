// SPDX-License-Identifier: BSD-3-Clause
#include "pulse.hpp"

#include <doctest/doctest.h>

using namespace dumbwaiter;

TEST_CASE("a host is alive while its loop comes round")
{
    Pulse pulse;
    CHECK(pulse.beats({.rounds = 1}));
    CHECK(pulse.beats({.rounds = 2}));
    CHECK_FALSE(pulse.beats({.rounds = 2}));
    CHECK(pulse.beats({.rounds = 3}));
}

TEST_CASE("a host whose writer takes nothing up is not alive, one whose commits fail is")
{
    Pulse pulse;
    CHECK(pulse.beats({.rounds = 1, .pending = 2, .commits = 5}));
    CHECK_FALSE(pulse.beats({.rounds = 2, .pending = 3, .commits = 5}));
    CHECK(pulse.beats({.rounds = 3, .pending = 3, .commits = 6}));
    // What came in between the looks has not waited long.
    CHECK(pulse.beats({.rounds = 4, .pending = 0, .commits = 7}));
    CHECK(pulse.beats({.rounds = 5, .pending = 1, .commits = 7}));
}
