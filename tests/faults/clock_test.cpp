// SPDX-License-Identifier: BSD-3-Clause
//
// F46: clocks that are set, machines that sleep, and numbers that run out, all by a clock that the test holds.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <ctime>
#include <random>

#include "fake_host.hpp"
#include "row.hpp"

using namespace dumbwaiter;
using namespace dumbwaiter::test;

namespace {

constexpr int64_t kNow = 1'795'435'200 * kSecond + 5 * kSecond;  // 2026-11-23T12:00:05Z
constexpr int64_t kSteps[] = {kSecond, -kSecond, kHour, -kHour, 10 * kYear, -10 * kYear};

// Processor time of this thread in milliseconds, so that a busy machine is no fault.
class Costs {
public:
    template <typename Action>
    void of(const Action& action)
    {
        const int64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        action();
        all_.add(static_cast<double>(clock_ns(CLOCK_THREAD_CPUTIME_ID) - before) / 1e6);
    }
    // A loop over what was jumped over would take minutes.
    void check(Row& row, std::string_view what) const
    {
        CHECK(all_.quantile(1) < 1000);
        row.figure(all_.text(what));
    }

private:
    Durations all_;
};

int64_t up_to(std::mt19937_64& random, int64_t bound)
{
    return static_cast<int64_t>(random() % static_cast<uint64_t>(bound));
}

struct Regular {
    FunctionId id;
    Grid grid;
};

std::vector<Regular> add_regular(FakeHost& host, std::mt19937_64& random, int count)
{
    std::vector<Regular> all;
    for (int i = 0; i < count; ++i) {
        const int64_t frequency = 10 * kMillisecond + up_to(random, i % 4 == 0 ? kSecond : 60 * kSecond);
        const Grid grid{.frequency = frequency, .phase = up_to(random, frequency)};
        all.push_back({host.schedule.add(grid, host.boot, kNever), grid});
    }
    return all;
}

// All of the grid since `from`, but for what falls into a tick that has not come yet.
void check_none_missed_or_doubled(FakeHost& host, const Regular& one, int64_t from)
{
    const int64_t tick = tick_of(one.grid.frequency);
    const auto& runs = host.runs(one.id);
    REQUIRE(static_cast<int64_t>(runs.size()) == one.grid.between(from, host.boot / tick * tick));
    for (size_t i = 0; i < runs.size(); ++i) {
        REQUIRE(runs[i].due == one.grid.after(from) + static_cast<int64_t>(i) * one.grid.frequency);
        REQUIRE(runs[i].at - runs[i].due < tick);
    }
    REQUIRE(host.schedule.skipped(one.id) == 0);
}

}  // namespace

TEST_CASE("F46: a wall clock that is set neither costs nor doubles a run of a frequency")
{
    Row row("F46", "wall clock set, functions by frequency");
    std::mt19937_64 random(46);
    Costs costs;
    constexpr int kFunctions = 50;
    for (int round = 0; round < tries(3, 100); ++round) {
        for (const int64_t step : kSteps) {
            CAPTURE(step / kSecond);
            FakeHost host(kNow);
            const int64_t from = host.boot;
            const auto regular = add_regular(host, random, kFunctions);
            host.pass(30 * kSecond + up_to(random, 30 * kSecond));
            costs.of([&] { host.set_wall(host.wall() + step); });
            host.pass(30 * kSecond + up_to(random, 60 * kSecond));
            for (const Regular& one : regular) row.attempt([&] { check_none_missed_or_doubled(host, one, from); });
        }
    }
    costs.check(row, "setting it");
}

TEST_CASE("F46: a wall clock that is set gives cron and aligned functions at most one run at once")
{
    Row row("F46", "wall clock set, functions by the clock");
    std::mt19937_64 random(46);
    Costs costs;
    for (int round = 0; round < tries(3, 300); ++round) {
        for (const int64_t step : kSteps) {
            CAPTURE(step / kSecond);
            // Neither a step by a second nor that by an hour passes a minute more or less than it says.
            FakeHost host(kNow + up_to(random, 50 * kSecond));
            const FunctionId cron = host.schedule.add(cron_times("* * * * *", "Europe/Berlin"), host.boot, kNever);
            const FunctionId aligned = host.schedule.add(WallTimes::multiples_of(100 * kMillisecond), host.boot, kNever);
            row.attempt([&] {
                host.pass(10 * 60 * kSecond);
                const size_t before = host.count(cron), aligned_before = host.count(aligned);
                costs.of([&] { host.set_wall(host.wall() + step); });
                CHECK(host.count(cron) - before == (step > kSecond ? 1 : 0));
                CHECK(host.count(aligned) - aligned_before <= 1);
                // Ten minutes later the line follows the clock, unless the clock is still where it was already.
                host.pass(600 * kSecond);
                CHECK(host.count(cron) - before == (step == -kHour ? 0 : step > kSecond ? 11 : 10));
            });
        }
    }
    costs.check(row, "setting it");
}

TEST_CASE("F46: a clock set again and again runs no due time twice, unless it is set far back, and leaves none out")
{
    Row row("F46", "wall clock set a hundred times at random");
    std::mt19937_64 random(4646);
    constexpr const char* kLines[] = {"* * * * *", "*/7 1-22 * * *", "30 2 * * *", "0 0 29 2 *", "@hourly"};
    const int64_t kSizes[] = {kSecond, 60 * kSecond, kHour, 3 * kHour, kDay, kYear};
    Costs costs;
    for (int round = 0; round < tries(20, 2000); ++round) {
        const WallTimes times = round % 6 == 5 ? WallTimes::multiples_of(7 * kSecond + up_to(random, kHour))
                                               : cron_times(kLines[round % 6], "Europe/Berlin");
        FakeHost host(kNow);
        const FunctionId id = host.schedule.add(times, host.boot, kNever);
        row.attempt([&] {
            size_t seen = 0;
            constexpr int64_t kNothing = std::numeric_limits<int64_t>::min() / 2;
            int64_t newest = kNothing;  // that was run, and not set back far behind
            for (int set = 0; set < 100; ++set) {
                const int64_t size = kSizes[random() % std::size(kSizes)];
                const int64_t wall = host.wall() + up_to(random, 2 * size) - size;
                if (wall < newest - 3 * kHour) newest = kNothing;
                costs.of([&] { host.set_wall(wall); });
                REQUIRE(host.count(id) - seen <= 1);
                host.pass(up_to(random, random() % 2 == 0 ? 10 * kSecond : kHour));
                for (; seen < host.count(id); ++seen) {
                    const FakeHost::Run& run = host.runs(id)[seen];
                    REQUIRE(run.due_wall > newest);
                    REQUIRE(times.after(run.due_wall - 1) == run.due_wall);
                    newest = run.due_wall;
                }
                // What is next is the first that the clock has neither reached nor passed before.
                const int64_t next = host.schedule.next_due(id) + host.schedule.wall_offset();
                REQUIRE(next == times.after(std::max(host.wall() - 10 * kMillisecond, newest)));
            }
        });
    }
    costs.check(row, "setting it");
}

TEST_CASE("F46: after a sleep each function runs once, and what it missed is counted")
{
    Row row("F46", "the machine sleeps for eight hours");
    std::mt19937_64 random(46);
    Costs costs;
    for (int round = 0; round < tries(10, 1000); ++round) {
        FakeHost host(kNow);
        const auto regular = add_regular(host, random, 20);
        const FunctionId minute = host.schedule.add(cron_times("* * * * *"), host.boot, kNever);
        const FunctionId aligned = host.schedule.add(WallTimes::multiples_of(kSecond), host.boot, kNever);
        host.pass(up_to(random, 5 * kSecond));
        const int64_t from = host.boot;
        std::vector<size_t> before;
        for (const Regular& one : regular) before.push_back(host.count(one.id));
        const size_t aligned_before = host.count(aligned);
        costs.of([&] { host.sleep(8 * kHour); });
        for (size_t i = 0; i < regular.size(); ++i) {
            row.attempt([&] {
                const auto& [id, grid] = regular[i];
                const auto& runs = host.runs(id);
                REQUIRE(runs.size() == before[i] + 1);
                CHECK(runs.back().due == grid.after(host.boot) - grid.frequency);
                const int64_t last = before[i] > 0 ? runs[before[i] - 1].due : from - 5 * kSecond;
                const int64_t missed = before[i] > 0 ? grid.between(last, host.boot) - 1 : -1;
                if (missed >= 0) CHECK(static_cast<int64_t>(host.schedule.skipped(id)) == missed);
            });
        }
        row.attempt([&] {
            CHECK(host.count(minute) == 1);
            CHECK(host.count(aligned) == aligned_before + 1);
            CHECK(host.schedule.skipped(minute) == 8 * 60 - 1);
            const uint64_t passed = host.count(aligned) + host.schedule.skipped(aligned);
            CHECK(static_cast<int64_t>(passed) == (host.wall() / kSecond) - kNow / kSecond);
            host.pass(60 * kSecond);
            CHECK(host.count(minute) == 2);
            CHECK(host.count(aligned) == aligned_before + 61);
        });
    }
    costs.check(row, "waking up");
}

TEST_CASE("F46: nothing happens where numbers of 31, 32 or 53 bits run out, on either clock")
{
    Row row("F46", "2038 and other boundaries, from 1 s before");
    const int64_t kBoundaries[] = {
        (int64_t{1} << 31) * kSecond,  // 2038-01-19T03:14:08Z
        (int64_t{1} << 32) * kSecond,  // 2106-02-07T06:28:16Z
        (int64_t{1} << 33) * kSecond,  // 2242-03-16T12:56:32Z
        (int64_t{1} << 31) * kMillisecond, (int64_t{1} << 32) * kMillisecond, int64_t{1} << 53, int64_t{1} << 62};
    for (const int64_t boundary : kBoundaries) {
        CAPTURE(boundary);
        for (const bool is_wall : {true, false}) {
            CAPTURE(is_wall);
            row.attempt([&] {
                FakeHost host = is_wall ? FakeHost(boundary - kSecond) : FakeHost(kNow, boundary - kSecond);
                const int64_t from = host.boot;
                const Regular regular{0, {.frequency = 700 * kMillisecond, .phase = 699'999'999}};
                host.schedule.add(regular.grid, host.boot, kNever);
                const FunctionId aligned = host.schedule.add(WallTimes::multiples_of(kSecond), host.boot, kNever);
                const FunctionId minute = host.schedule.add(cron_times("* * * * *"), host.boot, kNever);
                host.pass(600 * kSecond + 10 * kMillisecond);
                check_none_missed_or_doubled(host, regular, from);
                CHECK(host.count(aligned) == 600);
                CHECK(host.count(minute) == 10);
                CHECK(host.schedule.skipped() == 0);
            });
        }
    }
}

TEST_CASE("F46: the last hour of 64-bit times ends without overflow")
{
    Row row("F46", "the end of 64-bit times");
    row.attempt([&] {
        FakeHost host(kNow);
        const FunctionId cron = host.schedule.add(cron_times("15 3 * * *"), host.boot, kNever);
        const FunctionId aligned = host.schedule.add(WallTimes::multiples_of(kHour), host.boot, kNever);
        host.set_wall(std::numeric_limits<int64_t>::max() - kHour);
        host.pass(kSecond);
        CHECK(host.schedule.next_due(cron) == kNever);
        host.pass(kHour - 2 * kSecond);
        CHECK(host.schedule.next_due(aligned) == kNever);
        host.set_wall(kNow);
        host.pass(kDay);
        CHECK(host.runs(cron).back().due_wall % kDay == 3 * kHour + 15 * 60 * kSecond);
    });
}
