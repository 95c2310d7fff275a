// SPDX-License-Identifier: BSD-3-Clause
#include "restarts.hpp"

#include <doctest/doctest.h>

#include "clock.hpp"
#include "ending.hpp"
#include "quarantine.hpp"

using namespace dumbwaiter;
using Reason = Restarts::Reason;

TEST_CASE("a child that dies in a row is made again after 100 ms, doubling to 60 s")
{
    Restarts restarts;
    int64_t now = 1000 * kSecond, expected = 100 * kMillisecond;
    for (int death = 0; death < 15; ++death) {
        restarts.died(Reason::kFunction, now);
        CHECK(restarts.next_start() - now == expected);
        expected = std::min(expected * 2, 60 * kSecond);
        now = restarts.next_start() - 1;  // less than a minute later in any case
    }
    CHECK(restarts.count() == 15);
}

TEST_CASE("a minute without a death ends the row")
{
    Restarts restarts;
    restarts.died(Reason::kFunction, kSecond);
    restarts.died(Reason::kFunction, 2 * kSecond);
    restarts.died(Reason::kFunction, 62 * kSecond);
    CHECK(restarts.next_start() == 62 * kSecond + 100 * kMillisecond);
}

TEST_CASE("a child that the host ended is made again at once")
{
    Restarts restarts;
    for (int i = 0; i < 10; ++i) restarts.died(Reason::kHost, 5 * kSecond);
    CHECK(restarts.next_start() == 5 * kSecond);
}

TEST_CASE("a library that dies five times in a minute while it is loaded is left alone for ten minutes")
{
    Restarts restarts;
    for (int i = 0; i < 4; ++i) restarts.died(Reason::kLibrary, (10 + i) * kSecond);
    CHECK_FALSE(restarts.library_is_away(14 * kSecond));
    restarts.died(Reason::kLibrary, 14 * kSecond);
    CHECK(restarts.library_is_away(613 * kSecond));
    CHECK_FALSE(restarts.library_is_away(614 * kSecond));
    CHECK(restarts.next_start() == 614 * kSecond);
    // Its probe dies: away again at once.
    restarts.died(Reason::kLibrary, 615 * kSecond);
    CHECK(restarts.library_is_away(616 * kSecond));
}

TEST_CASE("a probe that works ends the quarantine, and five new deaths are needed for the next one")
{
    Quarantine quarantine;
    for (int i = 0; i < 4; ++i) CHECK_FALSE(quarantine.died(7, (100 + i) * kSecond));
    CHECK(quarantine.died(7, 104 * kSecond));
    CHECK(quarantine.holds(7));
    CHECK(quarantine.holds_any());
    CHECK(quarantine.away_until(7) == 704 * kSecond);
    CHECK_FALSE(quarantine.worked(7, 103 * kSecond));  // one that was under way before
    CHECK(quarantine.worked(7, 705 * kSecond));
    CHECK_FALSE(quarantine.holds(7));
    CHECK_FALSE(quarantine.holds_any());
    CHECK_FALSE(quarantine.died(7, 706 * kSecond));
}

TEST_CASE("five deaths in more than a minute put nobody away")
{
    Quarantine quarantine;
    for (int i = 0; i < 20; ++i) CHECK_FALSE(quarantine.died(1, i * 16 * kSecond));
}

TEST_CASE("quarantine is each function's own")
{
    Quarantine quarantine;
    for (int i = 0; i < 5; ++i) quarantine.died(1, i * kSecond);
    CHECK(quarantine.holds(1));
    CHECK_FALSE(quarantine.holds(2));
    CHECK_FALSE(quarantine.worked(2, 700 * kSecond));
    CHECK(quarantine.holds(1));
}

TEST_CASE("a child that hangs is asked where it stands, then ended politely, then not, each once")
{
    Ending ending;
    CHECK(ending.due(kSecond) == 0);
    ending.begin(kSecond);
    CHECK(ending.due(kSecond + Ending::kStackTime - 1) == 0);
    CHECK(ending.due(kSecond + Ending::kStackTime) == SIGTERM);
    const int64_t asked = kSecond + Ending::kStackTime;
    CHECK(ending.due(asked + Ending::kTermTime - 1) == 0);
    CHECK(ending.due(asked + Ending::kTermTime) == SIGKILL);
    CHECK(ending.due(asked + 10 * kSecond) == 0);
}

TEST_CASE("an answer where it stands is not waited for any longer")
{
    Ending ending;
    ending.begin(kSecond);
    ending.answered();
    CHECK(ending.due(kSecond + 1) == SIGTERM);
}
