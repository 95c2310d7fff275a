// SPDX-License-Identifier: BSD-3-Clause
//
// Due times that go by the wall clock, and what becomes of them when it is set.
#include <doctest/doctest.h>

#include "fake_host.hpp"

using namespace dumbwaiter;

namespace {

constexpr int64_t kNoon = 1'795'435'200 * kSecond;  // 2026-11-23T12:00:00Z

}  // namespace

TEST_CASE("a cron line runs at its times of the wall clock, to the nanosecond in what it is told")
{
    FakeHost host(kNoon + 123'456'789);
    const FunctionId id = host.schedule.add(cron_times("*/15 * * * *"), host.boot, kNever);
    host.pass(kDay);
    REQUIRE(host.count(id) == 96);
    for (size_t i = 0; i < 96; ++i) {
        CHECK(host.runs(id)[i].due_wall == kNoon + static_cast<int64_t>(i + 1) * 15 * 60 * kSecond);
        CHECK(host.runs(id)[i].at - host.runs(id)[i].due < 10 * kMillisecond);
        CHECK(host.runs(id)[i].at >= host.runs(id)[i].due);
    }
    CHECK(host.schedule.skipped() == 0);
}

TEST_CASE("an aligned frequency runs on its multiples, those of functions with one frequency together")
{
    FakeHost host(kNoon + 3 * kSecond + 1);
    const FunctionId a = host.schedule.add(WallTimes::multiples_of(10 * kSecond), host.boot, kNever);
    host.pass(kSecond);
    const FunctionId b = host.schedule.add(WallTimes::multiples_of(10 * kSecond), host.boot, kNever);
    host.pass(kHour);
    CHECK(host.count(a) == 360);
    CHECK(host.count(b) == 360);
    CHECK(host.runs(a).front().due_wall == kNoon + 10 * kSecond);
    CHECK(host.runs(a).back().due == host.runs(b).back().due);
}

TEST_CASE("a clock set forward: the newest of the times it jumped over runs at once, the rest are skipped")
{
    FakeHost host(kNoon + kSecond);
    const FunctionId id = host.schedule.add(cron_times("@hourly"), host.boot, kNever);
    host.set_wall(kNoon + 3 * kHour + 60 * kSecond);
    REQUIRE(host.count(id) == 1);
    CHECK(host.runs(id)[0].due_wall == kNoon + 3 * kHour);
    CHECK(host.schedule.skipped(id) == 2);
    host.pass(kHour);
    CHECK(host.runs(id).back().due_wall == kNoon + 4 * kHour);
    CHECK(host.count(id) == 2);
}

TEST_CASE("a clock set back by an hour runs nothing a second time, and one set back by a day follows the new time")
{
    FakeHost host(kNoon - kSecond);
    const FunctionId id = host.schedule.add(cron_times("*/10 * * * *"), host.boot, kNever);
    host.pass(2 * kSecond);
    REQUIRE(host.count(id) == 1);
    SUBCASE("an hour")
    {
        host.set_wall(host.wall() - kHour);
        host.pass(kHour + 5 * 60 * kSecond);
        CHECK(host.count(id) == 1);
        host.pass(10 * 60 * kSecond);
        CHECK(host.count(id) == 2);
        CHECK(host.runs(id)[1].due_wall == kNoon + 10 * 60 * kSecond);
    }
    SUBCASE("a day")
    {
        host.set_wall(host.wall() - kDay);
        host.pass(10 * 60 * kSecond);
        REQUIRE(host.count(id) == 2);
        CHECK(host.runs(id)[1].due_wall == kNoon - kDay + 10 * 60 * kSecond);
    }
}

TEST_CASE("a due time that was not reached yet moves with the clock")
{
    FakeHost host(kNoon + 50 * 60 * kSecond);
    const FunctionId id = host.schedule.add(cron_times("0 * * * *"), host.boot, kNever);
    host.set_wall(kNoon + 20 * 60 * kSecond);
    host.pass(30 * 60 * kSecond);
    CHECK(host.count(id) == 0);
    host.pass(11 * 60 * kSecond);
    REQUIRE(host.count(id) == 1);
    CHECK(host.runs(id)[0].due_wall == kNoon + kHour);
}

TEST_CASE("a function put away runs none of its cron times before its return, even when the clock is set")
{
    FakeHost host(kNoon + kSecond);
    const FunctionId id = host.schedule.add(cron_times("* * * * *"), host.boot, kNever);
    host.schedule.suspend(id, host.boot + 600 * kSecond);
    host.pass(300 * kSecond);
    host.set_wall(host.wall() + 120 * kSecond);
    host.pass(299 * kSecond);
    CHECK(host.count(id) == 0);
    host.pass(61 * kSecond);
    CHECK(host.count(id) == 1);
    CHECK(host.schedule.skipped(id) == 0);
}

TEST_CASE("a disabled function stays so when the clock is set, until it is resumed")
{
    FakeHost host(kNoon + kSecond);
    const FunctionId id = host.schedule.add(cron_times("* * * * *"), host.boot, kNever);
    host.schedule.disable(id);
    host.set_wall(host.wall() + kHour);
    host.pass(kHour);
    CHECK(host.count(id) == 0);
    host.schedule.resume(id, host.boot);
    host.pass(60 * kSecond);
    CHECK(host.count(id) == 1);
    CHECK(host.schedule.skipped(id) == 0);
}

TEST_CASE("a function that went by cron and goes by a frequency now does not heed the clock any more")
{
    FakeHost host(kNoon + kSecond);
    const FunctionId id = host.schedule.add(cron_times("@hourly"), host.boot, kNever);
    host.schedule.replace(id, Grid{.frequency = 600 * kSecond, .phase = 0}, host.boot, kNever);
    const int64_t due = host.schedule.next_due(id);
    host.set_wall(host.wall() + 59 * 60 * kSecond);
    CHECK(host.schedule.next_due(id) == due);
    host.schedule.replace(id, cron_times("@hourly"), host.boot, kNever);
    host.set_wall(kNoon + kSecond);
    CHECK(host.schedule.next_due(id) - host.boot == kHour - kSecond);
}

TEST_CASE("a retry never comes after the next time of cron")
{
    FakeHost host(kNoon + kSecond);
    const FunctionId id = host.schedule.add(cron_times("* * * * *"), host.boot, kNever);
    CHECK_FALSE(host.schedule.retry(id, host.boot + 59 * kSecond, 1));
    CHECK(host.schedule.retry(id, host.boot + 58 * kSecond, 1));
}
