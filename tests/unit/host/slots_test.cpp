// SPDX-License-Identifier: BSD-3-Clause
#include "slots.hpp"

#include <doctest/doctest.h>

using namespace dumbwaiter;

namespace {

std::vector<Job> jobs(const std::vector<FunctionId>& ids)
{
    std::vector<Job> out;
    for (const FunctionId id : ids) out.push_back({.id = id});
    return out;
}

std::vector<FunctionId> ids(const std::optional<Parcel>& parcel)
{
    std::vector<FunctionId> out;
    if (!parcel) return out;
    for (const Job& job : parcel->jobs) out.push_back(job.id);
    return out;
}

using Ids = std::vector<FunctionId>;

// Tells the slots how long each function takes.
void teach(Slots& slots, const Ids& known, int64_t took)
{
    for (const FunctionId id : known) {
        slots.submit(jobs({id}));
        const auto parcel = slots.take();
        REQUIRE(parcel);
        slots.finished(parcel->id, id, took);
    }
}

}  // namespace

TEST_CASE("a function that never ran goes alone")
{
    Slots slots(std::vector<Place>(3), {.slots = 2});
    slots.submit(jobs({0, 1, 2}));
    CHECK(ids(slots.take()) == Ids{0});
    CHECK(ids(slots.take()) == Ids{1});
    CHECK_FALSE(slots.take());  // both slots are taken
    CHECK(slots.out() == 2);
}

TEST_CASE("short functions that are due together go over together, as many as take the time of a parcel")
{
    Slots slots(std::vector<Place>(5), {.slots = 4, .parcel_ns = 3'000'000});
    teach(slots, {0, 1, 2, 3, 4}, 1'000'000);
    slots.submit(jobs({0, 1, 2, 3, 4}));
    CHECK(ids(slots.take()) == Ids{0, 1, 2});
    CHECK(ids(slots.take()) == Ids{3, 4});
}

TEST_CASE("a lane's parcels hold no more jobs than it can take, those of others do")
{
    Slots slots({{.lane = 0}, {.lane = 0}, {.lane = 0}, {.lane = 1}, {.lane = 1}, {.lane = 1}}, {.slots = 4});
    slots.set_parcel_jobs(1, 2);
    teach(slots, {0, 1, 2, 3, 4, 5}, 1000);
    slots.submit(jobs({0, 1, 2, 3, 4, 5}));
    CHECK(ids(slots.take()) == Ids{0, 1, 2});
    CHECK(ids(slots.take()) == Ids{3, 4});
    CHECK(ids(slots.take()) == Ids{5});
}

TEST_CASE("a parcel stays in its lane and in its library")
{
    Slots slots({{.lane = 0}, {.lane = 1}, {.lane = 0}, {.lane = 0, .library = 7}}, {.slots = 4});
    teach(slots, {0, 1, 2, 3}, 1000);
    slots.submit(jobs({0, 1, 2, 3}));
    CHECK(ids(slots.take()) == Ids{0, 2});
    CHECK(ids(slots.take()) == Ids{1});
    CHECK(ids(slots.take()) == Ids{3});
}

TEST_CASE("one slot keeps the order of all lanes")
{
    Slots slots({{.lane = 0}, {.lane = 1}, {.lane = 0}}, {.slots = 1, .gives_back = false});
    teach(slots, {0, 1, 2}, 1000);
    slots.submit(jobs({0, 1, 2}));
    for (const FunctionId expected : {0u, 1u, 2u}) {
        const auto parcel = slots.take();
        CHECK(ids(parcel) == Ids{expected});
        slots.finished(parcel->id, expected, 1000);
    }
}

TEST_CASE("functions of a serial group never run at the same time, and others pass them")
{
    Slots slots({{.serial = 1}, {.serial = 1}, {}}, {.slots = 3});
    slots.submit(jobs({0, 1, 2}));
    const auto first = slots.take();
    CHECK(ids(first) == Ids{0});
    CHECK(ids(slots.take()) == Ids{2});
    CHECK_FALSE(slots.take());
    slots.finished(first->id, 0, 1);
    CHECK(ids(slots.take()) == Ids{1});
}

TEST_CASE("what is put back comes first again, in its order")
{
    Slots slots(std::vector<Place>(4), {.slots = 1});
    teach(slots, {0, 1, 2, 3}, 1000);
    slots.submit(jobs({0, 1, 2, 3}));
    const auto parcel = slots.take();
    CHECK(ids(parcel) == Ids{0, 1, 2, 3});
    CHECK_FALSE(slots.put_back(parcel->id, jobs({1, 2, 3})));
    CHECK(slots.finished(parcel->id, 0, 1000));
    CHECK(ids(slots.take()) == Ids{1, 2, 3});
}

TEST_CASE("a slot that is given back serves others, within the bounds of a library")
{
    Slots slots({{.library = 1}, {.library = 1}, {.library = 2}}, {.slots = 1, .extra_of_a_library = 1});
    slots.submit(jobs({0, 1, 2}));
    const auto hung = slots.take();
    CHECK_FALSE(slots.take());
    CHECK(slots.give_back(hung->id));
    CHECK_FALSE(slots.give_back(hung->id));
    // Its library has had its share: the other one goes on.
    const auto other = slots.take();
    CHECK(ids(other) == Ids{2});
    slots.finished(other->id, 2, 1);
    CHECK_FALSE(slots.take());
    slots.finished(hung->id, 0, 1);
    CHECK(slots.given_back() == 0);
    CHECK(ids(slots.take()) == Ids{1});
}

TEST_CASE("one at a time gives no slot back")
{
    Slots slots(std::vector<Place>(2), {.slots = 1, .gives_back = false});
    slots.submit(jobs({0}));
    CHECK_FALSE(slots.give_back(slots.take()->id));
}

TEST_CASE("jobs of a closed lane wait, and can be dropped")
{
    Slots slots({{.lane = 1}, {.lane = 0}}, {.slots = 2});
    slots.set_open(1, false);
    slots.submit(jobs({0, 1}));
    CHECK(ids(slots.take()) == Ids{1});
    CHECK_FALSE(slots.take());
    CHECK(slots.has_waiting(1));
    slots.set_open(1, true);
    CHECK(ids(slots.take()) == Ids{0});
    slots.set_open(1, false);
    slots.submit(jobs({0}));
    CHECK(slots.drop(1).size() == 1);
    CHECK_FALSE(slots.has_waiting(1));
}

TEST_CASE("a lane has no more parcels out than it is wide")
{
    Slots slots(std::vector<Place>(3), {.slots = 3});
    slots.set_width(0, 1);
    slots.submit(jobs({0, 1, 2}));
    const auto first = slots.take();
    CHECK(first);
    CHECK_FALSE(slots.take());
    slots.set_width(0, 2);
    CHECK(ids(slots.take()) == Ids{1});
    slots.finished(first->id, 0, 1);
    CHECK(ids(slots.take()) == Ids{2});
}
