// SPDX-License-Identifier: BSD-3-Clause
#include "lookout.hpp"

#include <doctest/doctest.h>

using dumbwaiter::channel::Lookout;

namespace {

int64_t time_now = 0;

// Each look at the clock takes a tenth of the longest time.
int64_t passing_time()
{
    return time_now += Lookout::kLongest / 10;
}

constexpr auto kNever = [] { return false; };
constexpr auto kAtOnce = [] { return true; };

// How many of so many jobs are looked for, where nothing comes in time.
uint32_t calls_in_vain(Lookout& lookout, uint32_t jobs)
{
    uint32_t calls = 0;
    for (uint32_t i = 0; i < jobs; ++i) {
        if (!lookout.call()) continue;
        ++calls;
        CHECK_FALSE(lookout.look(kNever, passing_time));
    }
    return calls;
}

}  // namespace

TEST_CASE("what comes while it is looked for is found")
{
    Lookout lookout(true);
    int asked = 0;
    REQUIRE(lookout.call());
    CHECK(lookout.look([&] { return ++asked == 4; }, passing_time));
    CHECK(asked == 4);
}

TEST_CASE("nothing is looked for where no lookout is kept, or nobody called")
{
    Lookout none(false), quiet(true);
    CHECK_FALSE(none.call());
    CHECK_FALSE(none.look(kAtOnce, passing_time));
    CHECK_FALSE(quiet.look(kAtOnce, passing_time));
}

TEST_CASE("one call is one look, which ends when it was long enough")
{
    Lookout lookout(true);
    int asked = 0;
    const auto never = [&] { return ++asked == 0; };
    REQUIRE(lookout.call());
    CHECK_FALSE(lookout.look(never, passing_time));
    CHECK(asked == 10);
    CHECK_FALSE(lookout.look(never, passing_time));
    CHECK(asked == 10);
}

TEST_CASE("who finds nothing time after time is called rarely, and as before once something is found")
{
    Lookout lookout(true);
    CHECK(calls_in_vain(lookout, 10 * Lookout::kRarely) == Lookout::kMostPatience + 9);
    while (!lookout.call()) {
    }
    CHECK(lookout.look(kAtOnce, passing_time));
    CHECK(lookout.call());
}
