// SPDX-License-Identifier: BSD-3-Clause
//
// F47: runs that take longer than their frequency, and a million runs, by a clock that the test holds.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "fake_host.hpp"
#include "row.hpp"

using namespace dumbwaiter;
using namespace dumbwaiter::test;

namespace {

constexpr int64_t kNow = 1'795'435'200 * kSecond + 5 * kSecond;  // 2026-11-23T12:00:05Z

// Plays one function whose runs take as long as `takes` says, until `dues` due times have come.
struct Played {
    int64_t runs = 0, overlaps = 0, astray = 0, newest = 0;
};
Played play(Schedule& schedule, const Grid& grid, int64_t dues, const std::function<int64_t()>& takes)
{
    Played played;
    std::vector<Fire> fires;
    int64_t now = 0, ends = kNever;
    const int64_t end = grid.phase + (dues - 1) * grid.frequency + tick_of(grid.frequency);
    while (true) {
        now = std::min(ends, std::max(now, schedule.next_wake()));
        if (now > end) return played;
        if (now == ends) {
            schedule.finished(0);
            ends = kNever;
        }
        fires.clear();
        schedule.take_due(now, fires);
        for (const Fire& fire : fires) {
            ++played.runs;
            played.overlaps += ends != kNever;
            played.astray += (fire.due - grid.phase) % grid.frequency != 0 || fire.due <= played.newest;
            played.newest = fire.due;
            ends = now + takes();
        }
    }
}

}  // namespace

TEST_CASE("F47: runs of half to ten frequencies never overlap, and each due time is run or counted as skipped")
{
    Row row("F47", "runs take 0.5 to 10 times the frequency");
    // A whole number of ticks, so that what a run takes is all that comes between it and the next.
    const Grid grid{.frequency = kSecond, .phase = 330 * kMillisecond};
    const int64_t dues = tries(20'000, 1'000'000);
    for (const int64_t twentieths : {10, 18, 19, 20, 21, 22, 30, 39, 40, 41, 50, 73, 100, 150, 199, 200}) {
        CAPTURE(twentieths);
        row.attempt([&] {
            Schedule schedule;
            schedule.add(grid, 0, kNever);
            const int64_t takes = twentieths * kSecond / 20;
            const Played played = play(schedule, grid, dues, [&] { return takes; });
            const int64_t step = (takes + grid.frequency - 1) / grid.frequency;  // due times from one run to the next
            CHECK(played.overlaps == 0);
            CHECK(played.astray == 0);
            CHECK(played.runs == (dues + step - 1) / step);
            CHECK(static_cast<int64_t>(schedule.skipped(0)) == dues - played.runs);
            CHECK(schedule.next_due(0) == grid.phase + dues * grid.frequency);
        });
    }
    row.figure(fmt::format("{} due times each", dues));
}

TEST_CASE("F47: runs of any length, and of any overlap rule, never overlap, and no due time is lost from the count")
{
    Row row("F47", "runs of random length, overlap = skip and queue");
    std::mt19937_64 random(47);
    const int64_t dues = tries(20'000, 1'000'000);
    for (const bool queues : {false, true}) {
        for (const int64_t frequency : {10 * kMillisecond, 300 * kMillisecond, 7 * kSecond + 1, 366 * kDay}) {
            CAPTURE(frequency);
            row.attempt([&] {
                const Grid grid{.frequency = frequency, .phase = frequency / 3};
                const int64_t count = std::min(dues, (int64_t{1} << 62) / frequency);
                Schedule schedule;
                schedule.add(grid, 0, kNever);
                if (queues) schedule.queue_overlaps(0);
                const Played played = play(schedule, grid, count, [&] {
                    return frequency / 2 + static_cast<int64_t>(random() % static_cast<uint64_t>(frequency * 19 / 2));
                });
                CHECK(played.overlaps == 0);
                CHECK(played.astray == 0);
                // With overlap = queue one may wait at the end.
                const int64_t counted = played.runs + static_cast<int64_t>(schedule.skipped(0));
                CHECK(counted <= count);
                CHECK(counted >= count - (queues ? 1 : 0));
            });
        }
    }
    row.figure(fmt::format("up to {} due times each", dues));
}

TEST_CASE("F47: no drift after a million runs, be it by frequency, aligned or by cron")
{
    Row row("F47", "drift after many runs");
    const int64_t runs = 1'000'000;
    FakeHost host(kNow);
    const FunctionId grid = host.schedule.add({.frequency = 60 * kSecond, .phase = 7}, host.boot, kNever);
    const FunctionId aligned = host.schedule.add(WallTimes::multiples_of(60 * kSecond), host.boot, kNever);
    const FunctionId cron = host.schedule.add(cron_times("* * * * *"), host.boot, kNever);
    host.pass(runs * 60 * kSecond);
    row.attempt([&] {
        CHECK(host.count(grid) == static_cast<size_t>(runs));
        CHECK(host.runs(grid).back().due % (60 * kSecond) == 7);
        CHECK(host.schedule.skipped() == 0);
    });
    for (const FunctionId id : {aligned, cron}) {
        row.attempt([&] {
            CHECK(host.count(id) == static_cast<size_t>(runs));
            CHECK(host.runs(id).back().due_wall == kNow - 5 * kSecond + runs * 60 * kSecond);
            CHECK(host.runs(id).back().at - host.runs(id).back().due < 10 * kMillisecond);
        });
    }
    row.figure(fmt::format("{} runs each", runs));
}
