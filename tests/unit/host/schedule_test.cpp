// SPDX-License-Identifier: BSD-3-Clause
#include "schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "clock.hpp"

using namespace dumbwaiter;

namespace {

// A host that always gets round to its work: takes what is due at every wake-up, and finishes it at once.
struct Played {
    int64_t fired = 0;
    int64_t last_due = 0;
    int64_t worst_lateness = 0;
};

Played play(Schedule& schedule, int64_t from, int64_t to)
{
    Played played;
    std::vector<Fire> fires;
    for (int64_t now = from; now <= to; now = std::max(schedule.next_wake(), now)) {
        fires.clear();
        schedule.take_due(now, fires);
        for (const Fire& fire : fires) {
            ++played.fired;
            played.last_due = fire.due;
            played.worst_lateness = std::max(played.worst_lateness, now - fire.due);
            schedule.finished(fire.id);
        }
    }
    return played;
}

std::vector<Fire> due_at(Schedule& schedule, int64_t now)
{
    std::vector<Fire> fires;
    schedule.take_due(now, fires);
    return fires;
}

}  // namespace

TEST_CASE("due times are phase plus whole frequencies, later than now")
{
    const Grid grid{.frequency = 100, .phase = 30};
    CHECK(grid.after(0) == 30);
    CHECK(grid.after(29) == 30);
    CHECK(grid.after(30) == 130);
    CHECK(grid.after(1030) == 1130);
    CHECK(grid.between(30, 330) == 3);
    CHECK(grid.between(330, 30) == 0);
}

TEST_CASE("a wake-up is at most a hundredth of the frequency coarse, and at most 10 ms")
{
    CHECK(tick_of(kSecond) == 10 * kMillisecond);
    CHECK(tick_of(3600 * kSecond) == 10 * kMillisecond);
    for (const int64_t frequency : {10 * kMillisecond, 100 * kMillisecond, 700 * kMillisecond}) {
        CHECK(tick_of(frequency) <= frequency / 100);
        CHECK(10 * kMillisecond % tick_of(frequency) == 0);
    }
}

TEST_CASE("no drift after a million due times")
{
    Schedule schedule;
    schedule.add({.frequency = kSecond, .phase = 123'456'789}, 0, kNever);
    const Played played = play(schedule, 0, 1'000'000 * kSecond);
    CHECK(played.fired == 1'000'000);
    CHECK(played.last_due == 999'999 * kSecond + 123'456'789);
    CHECK(played.worst_lateness < 10 * kMillisecond);
    CHECK(schedule.skipped() == 0);
}

TEST_CASE("missed due times are skipped and counted, the newest fires once")
{
    Schedule schedule;
    const FunctionId id = schedule.add({.frequency = kSecond, .phase = 0}, 0, kNever);
    const auto fires = due_at(schedule, 10 * kSecond + 1);
    REQUIRE(fires.size() == 1);
    CHECK(fires[0].due == 10 * kSecond);
    CHECK(schedule.skipped(id) == 9);
    CHECK(schedule.next_due(id) == 11 * kSecond);
}

TEST_CASE("a day's jump of the clock costs one invocation and no loop")
{
    Schedule schedule;
    for (int i = 0; i < 1000; ++i) schedule.add({.frequency = 10 * kMillisecond, .phase = i}, 0, kNever);
    CHECK(due_at(schedule, 86'400 * kSecond).size() == 1000);
}

TEST_CASE("a due time that finds its function running is skipped and counted")
{
    Schedule schedule;
    const FunctionId id = schedule.add({.frequency = kSecond, .phase = 0}, 0, kNever);
    CHECK(due_at(schedule, kSecond).size() == 1);
    CHECK(schedule.running(id));
    CHECK(due_at(schedule, 2 * kSecond).empty());
    CHECK(due_at(schedule, 3 * kSecond).empty());
    CHECK(schedule.skipped(id) == 2);
    schedule.finished(id);
    CHECK(due_at(schedule, 4 * kSecond).size() == 1);
    CHECK(schedule.skipped(id) == 2);
}

TEST_CASE("an invocation of half to ten frequencies never overlaps itself, and every due time is run or skipped")
{
    for (const int64_t tenths : {5, 9, 11, 25, 100}) {
        CAPTURE(tenths);
        Schedule schedule;
        const FunctionId id = schedule.add({.frequency = kSecond, .phase = 0}, 0, kNever);
        int64_t busy_until = 0;
        int64_t fired = 0;
        for (int64_t now = kMillisecond * 100; now <= 1000 * kSecond; now += kMillisecond * 100) {
            if (schedule.running(id) && now >= busy_until) schedule.finished(id);
            for ([[maybe_unused]] const Fire& fire : due_at(schedule, now)) {
                CHECK(now >= busy_until);
                busy_until = now + tenths * kSecond / 10;
                ++fired;
            }
        }
        CHECK(fired + static_cast<int64_t>(schedule.skipped(id)) == 1000);
    }
}

TEST_CASE("a first invocation comes beside the grid")
{
    Schedule schedule;
    const FunctionId id = schedule.add({.frequency = 100 * kSecond, .phase = 50 * kSecond}, 0, 7 * kSecond);
    const auto first = due_at(schedule, 7 * kSecond);
    REQUIRE(first.size() == 1);
    CHECK(first[0].due == 7 * kSecond);
    schedule.finished(id);
    CHECK(schedule.next_due(id) == 50 * kSecond);
    CHECK(due_at(schedule, 49 * kSecond).empty());
    CHECK(due_at(schedule, 50 * kSecond).size() == 1);
}

TEST_CASE("a retry fires before the next due time, and not after it")
{
    Schedule schedule;
    const FunctionId id = schedule.add({.frequency = 10 * kSecond, .phase = 0}, 0, kNever);
    CHECK(due_at(schedule, 10 * kSecond).size() == 1);
    schedule.finished(id);
    CHECK(schedule.retry(id, 12 * kSecond, 1));
    const auto again = due_at(schedule, 12 * kSecond);
    REQUIRE(again.size() == 1);
    CHECK(again[0].attempt == 1);
    schedule.finished(id);
    CHECK_FALSE(schedule.retry(id, 20 * kSecond, 2));
    const auto next = due_at(schedule, 20 * kSecond);
    REQUIRE(next.size() == 1);
    CHECK(next[0].attempt == 0);
}

TEST_CASE("a function that runs once is idle afterwards, but for its retry")
{
    Schedule schedule;
    const FunctionId id = schedule.add_once(5);
    CHECK_FALSE(schedule.idle());
    CHECK(due_at(schedule, 5).size() == 1);
    CHECK_FALSE(schedule.idle());
    schedule.finished(id);
    CHECK(schedule.idle());
    CHECK(schedule.retry(id, 9, 1));
    CHECK_FALSE(schedule.idle());
    CHECK(due_at(schedule, 9).size() == 1);
}

TEST_CASE("a disabled function is never due again")
{
    Schedule schedule;
    const FunctionId on = schedule.add({.frequency = kSecond, .phase = 0}, 0, kNever);
    const FunctionId off = schedule.add_disabled();
    CHECK(off == on + 1);
    schedule.disable(on);
    CHECK(schedule.next_wake() == kNever);
    CHECK(due_at(schedule, 100 * kSecond).empty());
}

TEST_CASE("what is due together fires in due order")
{
    Schedule schedule;
    for (const int64_t phase : {500, 100, 300}) schedule.add({.frequency = kSecond, .phase = phase}, 0, kNever);
    const auto fires = due_at(schedule, 10 * kMillisecond);
    REQUIRE(fires.size() == 3);
    CHECK(std::ranges::is_sorted(fires, {}, &Fire::due));
}

TEST_CASE("any mix of changes leaves every function with its own due times")
{
    std::mt19937 random(7);
    Schedule schedule;
    constexpr int kFunctions = 200;
    for (int i = 0; i < kFunctions; ++i)
        schedule.add({.frequency = 50 * kMillisecond * (1 + i % 7), .phase = i * 100'000}, 0, kNever);
    std::vector<bool> off(kFunctions, false);
    std::vector<int64_t> seen(kFunctions, 0);
    for (int64_t now = 0; now < 20 * kSecond; now += kMillisecond) {
        for (const Fire& fire : due_at(schedule, now)) {
            CHECK_FALSE(off[fire.id]);
            CHECK(fire.due > seen[fire.id]);
            CHECK(now - fire.due < 20 * kMillisecond);
            seen[fire.id] = fire.due;
            schedule.finished(fire.id);
            if (random() % 4 == 0)
                schedule.retry(fire.id, now + static_cast<int64_t>(1 + random() % 30) * kMillisecond, 1);
        }
        if (random() % 500 == 0) {
            const auto id = static_cast<FunctionId>(random() % kFunctions);
            schedule.disable(id);
            off[id] = true;
        }
    }
    for (int i = 0; i < kFunctions; ++i) CHECK((off[i] || seen[i] > 19 * kSecond));
}

TEST_CASE("the clock's far end overflows nothing")
{
    const int64_t late = int64_t{1} << 61;
    Schedule schedule;
    const int64_t frequency = 366 * 86'400 * kSecond;
    schedule.add({.frequency = frequency, .phase = frequency - 1}, late, kNever);
    CHECK(schedule.next_wake() > late);
}

TEST_CASE("a function that was disabled goes on with its grid when it is resumed")
{
    Schedule schedule;
    const FunctionId id = schedule.add(Grid{10, 3}, 0, kNever);
    schedule.disable(id);
    CHECK(schedule.next_wake() == kNever);
    schedule.resume(id, 25);
    CHECK(schedule.next_due(id) == 33);
}

TEST_CASE("what is run on request leaves the grid where it is, also while the function is disabled")
{
    Schedule schedule;
    const FunctionId id = schedule.add(Grid{10, 3}, 0, kNever);
    std::vector<Fire> fires;
    schedule.run_now(id, 1);
    schedule.take_due(1, fires);
    REQUIRE(fires.size() == 1);
    CHECK(fires[0].due == 1);
    CHECK(schedule.next_due(id) == 3);
    schedule.finished(id);
    schedule.disable(id);
    schedule.run_now(id, 5);
    schedule.take_due(5, fires);
    CHECK(fires.size() == 2);
    schedule.finished(id);
    CHECK(schedule.next_wake() == kNever);
}

TEST_CASE("a function that is never due by itself stays so when it is resumed")
{
    Schedule schedule;
    const FunctionId id = schedule.add_disabled();
    schedule.resume(id, 25);
    CHECK(schedule.next_wake() == kNever);
}

TEST_CASE("who skips is told once until it is asked for, also after its plan was replaced")
{
    Schedule schedule;
    const FunctionId a = schedule.add(Grid{10, 0}, 0, kNever);
    const FunctionId b = schedule.add(Grid{1000, 500}, 0, kNever);
    std::vector<Fire> fires;
    std::vector<FunctionId> skippers;
    schedule.take_due(10, fires);
    schedule.take_skippers(skippers);
    CHECK(skippers.empty());
    for (int64_t now = 20; now <= 50; now += 10) schedule.take_due(now, fires);
    schedule.finished(a);
    schedule.replace(a, Grid{7, 0}, 50, kNever);
    schedule.take_due(90, fires);
    schedule.take_skippers(skippers);
    CHECK(skippers == std::vector<FunctionId>{a});
    CHECK(schedule.skipped(a) == 8);
    CHECK(schedule.skipped(b) == 0);
    schedule.take_skippers(skippers);
    CHECK(skippers.empty());
    schedule.take_due(100, fires);
    schedule.take_skippers(skippers);
    CHECK(skippers == std::vector<FunctionId>{a});
}
