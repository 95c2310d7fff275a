// SPDX-License-Identifier: BSD-3-Clause
#include "refreshes.hpp"

#include <doctest/doctest.h>

using namespace dumbwaiter;

namespace {

// Counts the answers, and how many of them were a value.
struct Askers {
    int answered = 0, values = 0;
    Refreshes::Done one()
    {
        return [this](const Refreshes::Outcome& outcome) {
            ++answered;
            values += outcome.is_value;
        };
    }
};

const Refreshes::Outcome kValue{.is_value = true, .fault = {}};
const Refreshes::Outcome kFault{.is_value = false, .fault = "no"};

}  // namespace

TEST_CASE("all who ask share the run that the first one starts")
{
    Refreshes refreshes;
    Askers askers;
    CHECK(refreshes.ask(7, false, true, askers.one()));
    CHECK_FALSE(refreshes.ask(7, false, true, askers.one()));
    CHECK_FALSE(refreshes.ask(7, true, true, askers.one()));
    CHECK_FALSE(refreshes.ended(7, kValue));
    CHECK(askers.answered == 3);
    CHECK(askers.values == 3);
    CHECK(refreshes.empty());
}

TEST_CASE("who wants a run that begins from now on waits for the one after that which is under way")
{
    Refreshes refreshes;
    Askers early, late;
    CHECK_FALSE(refreshes.ask(7, true, true, early.one()));
    CHECK_FALSE(refreshes.ask(7, true, false, late.one()));
    CHECK(refreshes.ended(7, kFault));
    CHECK(early.answered == 1);
    CHECK(early.values == 0);
    CHECK(late.answered == 0);
    CHECK_FALSE(refreshes.ended(7, kValue));
    CHECK(late.values == 1);
}

TEST_CASE("the end of one function's run answers nobody who waits for another's")
{
    Refreshes refreshes;
    Askers askers;
    CHECK(refreshes.ask(1, false, true, askers.one()));
    CHECK_FALSE(refreshes.ended(2, kValue));
    CHECK(askers.answered == 0);
    CHECK_FALSE(refreshes.empty());
}
