// SPDX-License-Identifier: BSD-3-Clause
//
// What clocks, machines and users do to a schedule, with figures. F52, zones and leap days, is wall_times_test.cpp.
#include <doctest/doctest.h>

#include <array>
#include <ctime>
#include <random>

#include "fake_host.hpp"
#include "parsed_manifest.hpp"
#include "start_plan.hpp"

using namespace dumbwaiter;

namespace {

constexpr int64_t kNow = 1'795'435'200 * kSecond + 5 * kSecond;  // 2026-11-23T12:00:05Z

// Processor time of this thread, so that a busy machine is no fault.
template <typename Action>
int64_t cost_of(const Action& action)
{
    const int64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    action();
    return clock_ns(CLOCK_THREAD_CPUTIME_ID) - before;
}

Manifest manifest_of(const std::string& lines)
{
    return parsed("[functions.f]\nfunction = \"c.so:f\"\n" + lines + "\n");
}

}  // namespace

TEST_CASE("F46: a wall clock set by a second, an hour or ten years neither costs nor doubles a run of a frequency")
{
    for (const int64_t step : {kSecond, -kSecond, kHour, -kHour, 10 * kYear, -10 * kYear}) {
        CAPTURE(step / kSecond);
        FakeHost host(kNow);
        std::vector<FunctionId> ids;
        for (int64_t i = 0; i < 100; ++i) {
            ids.push_back(host.schedule.add({.frequency = kSecond, .phase = i * 10'000'000}, host.boot, kNever));
        }
        host.pass(100 * kSecond);
        host.set_wall(host.wall() + step);
        host.pass(100 * kSecond);
        for (const FunctionId id : ids) {
            REQUIRE(host.count(id) == 200);
            for (size_t i = 1; i < 200; ++i) CHECK(host.runs(id)[i].due - host.runs(id)[i - 1].due == kSecond);
        }
        CHECK(host.schedule.skipped() == 0);
    }
}

TEST_CASE("F46: a wall clock set by anything gives cron at most one run at once")
{
    for (const int64_t step : {kSecond, -kSecond, kHour, -kHour, 10 * kYear, -10 * kYear}) {
        CAPTURE(step / kSecond);
        FakeHost host(kNow);
        const FunctionId cron = host.schedule.add(cron_times("* * * * *", "Europe/Berlin"), host.boot, kNever);
        const FunctionId aligned = host.schedule.add(WallTimes::multiples_of(10 * kMillisecond), host.boot, kNever);
        host.pass(kHour);
        const size_t before = host.count(cron), aligned_before = host.count(aligned);
        MESSAGE("takes " << cost_of([&] { host.set_wall(host.wall() + step); }) << " ns");
        CHECK(host.count(cron) - before == (step > kSecond ? 1 : 0));
        CHECK(host.count(aligned) - aligned_before <= 1);
        // Ten minutes later the line follows the clock, unless the clock is still where it was already.
        host.pass(600 * kSecond);
        CHECK(host.count(cron) - before == (step == -kHour ? 0 : step > kSecond ? 11 : 10));
    }
}

TEST_CASE("F46: after a sleep of eight hours each function runs once, and what it missed is counted")
{
    FakeHost host(kNow);
    const FunctionId second = host.schedule.add({.frequency = kSecond, .phase = 0}, host.boot, kNever);
    const FunctionId minute = host.schedule.add(cron_times("* * * * *"), host.boot, kNever);
    const FunctionId aligned = host.schedule.add(WallTimes::multiples_of(kSecond), host.boot, kNever);
    MESSAGE("takes " << cost_of([&] { host.sleep(8 * kHour); }) << " ns");
    CHECK(host.count(second) == 1);
    CHECK(host.count(minute) == 1);
    CHECK(host.count(aligned) == 1);
    CHECK(host.schedule.skipped(second) == 8 * 3600 - 1);
    CHECK(host.schedule.skipped(minute) == 8 * 60 - 1);
    CHECK(host.schedule.skipped(aligned) == 8 * 3600 - 1);
    host.pass(60 * kSecond);
    CHECK(host.count(second) == 61);
    CHECK(host.count(minute) == 2);
}

TEST_CASE("F46: nothing happens when 32 bits of seconds run out, and 64-bit times end without overflow")
{
    const int64_t rollover = (int64_t{1} << 31) * kSecond;  // 2038-01-19T03:14:08Z
    FakeHost host(rollover - kSecond);
    const FunctionId aligned = host.schedule.add(WallTimes::multiples_of(kSecond), host.boot, kNever);
    const FunctionId cron = host.schedule.add(cron_times("15 3 * * *"), host.boot, kNever);
    host.pass(60 * kSecond);
    CHECK(host.count(aligned) == 60);
    CHECK(host.count(cron) == 1);
    host.set_wall(std::numeric_limits<int64_t>::max() - kHour);
    host.pass(kSecond);
    CHECK(host.schedule.next_due(cron) == kNever);
}

TEST_CASE("F47: no drift after a million runs, be it by frequency, aligned or by cron")
{
    FakeHost host(kNow);
    const FunctionId grid = host.schedule.add({.frequency = 60 * kSecond, .phase = 7}, host.boot, kNever);
    const FunctionId aligned = host.schedule.add(WallTimes::multiples_of(60 * kSecond), host.boot, kNever);
    const FunctionId cron = host.schedule.add(cron_times("* * * * *"), host.boot, kNever);
    host.pass(1'000'000 * 60 * kSecond);
    CHECK(host.count(grid) == 1'000'000);
    CHECK(host.runs(grid).back().due % (60 * kSecond) == 7);
    for (const FunctionId id : {aligned, cron}) {
        CHECK(host.count(id) == 1'000'000);
        CHECK(host.runs(id).back().due_wall == kNow - 5 * kSecond + 1'000'000 * 60 * kSecond);
        CHECK(host.runs(id).back().at - host.runs(id).back().due < 10 * kMillisecond);
    }
    CHECK(host.schedule.skipped() == 0);
}

TEST_CASE("F49: the phases of 10,000 functions are uniform, and their first second is at most twice the mean")
{
    std::mt19937 random(49);
    Manifest manifest;
    for (int i = 0; i < 10'000; ++i) {
        FunctionSpec spec;
        spec.name = "f" + std::to_string(random()) + "." + std::to_string(i);
        spec.edit().frequency = std::chrono::seconds(60);
        manifest.functions.push_back(spec);
    }
    std::ranges::sort(manifest.functions, {}, &FunctionSpec::name);
    const std::vector<Remembered> nothing(manifest.functions.size());
    const auto phases = plan_phases(manifest, nothing);
    std::array<double, 100> share{};
    for (const int64_t phase : phases) ++share[static_cast<size_t>(phase * 100 / (60 * kSecond))];
    double chi_square = 0;
    for (const double count : share) chi_square += (count - 100) * (count - 100) / 100;
    MESSAGE("chi square over 99 degrees of freedom: " << chi_square);
    CHECK(chi_square < 134.6);  // p = 0.01

    const Times now{.boot = 1'000 * kSecond, .wall = kNow};
    Schedule schedule = plan_schedule(manifest, nothing, phases, now);
    std::vector<Fire> fires;
    schedule.take_due(now.boot + kSecond - 1, fires);
    MESSAGE("first second: " << fires.size() << " runs, the mean is " << 10'000 / 60.0);
    CHECK(fires.size() <= 2 * (10'000 / 60 + 1));  // first runs and due times, each spread by itself
}

TEST_CASE("F50: after a second, an hour and a year without a host there is one run for all that was missed, or none")
{
    struct Row {
        std::string lines;
        int64_t down;
        bool runs;  // at the start
    };
    // The host went at 12:00:05, right after a run.
    const std::vector<Row> rows = {
        {"frequency = 60", kSecond, false},
        {"frequency = 60", kHour, true},
        {"frequency = 60", kYear, true},
        {"frequency = 7200", kHour, false},
        {"cron = \"0 * * * *\"", kSecond, false},
        {"cron = \"0 * * * *\"", kHour, true},
        {"cron = \"0 * * * *\"", kYear, true},
        {"cron = \"0 12 * * *\"", kHour, false},
        {"cron = \"0 12 * * *\"", kDay, true},
        {"cron = \"0 0 1 1 *\"", kHour, false},
        {"cron = \"0 0 1 1 *\"", kYear, true},
        {"frequency = 60\nalign = true", kSecond, false},
        {"frequency = 60\nalign = true", kYear, true},
        {"cron = \"0 * * * *\"\non_start = \"never\"", kYear, false},
        {"cron = \"0 0 1 1 *\"\non_start = \"always\"", kSecond, true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.lines);
        CAPTURE(row.down / kSecond);
        const Manifest manifest = manifest_of(row.lines);
        const NameState state{.last_value = 3, .finished = kNow};
        const Times now{.boot = 77 * kSecond, .wall = kNow + row.down};
        Schedule schedule = plan_schedule(manifest, {{.state = state, .document = {}}}, {0}, now);
        std::vector<Fire> fires;
        schedule.take_due(now.boot, fires);
        CHECK(fires.size() == (row.runs ? 1 : 0));
        CHECK(schedule.skipped() == 0);
        CHECK(schedule.next_due(0) > now.boot);
    }
}

TEST_CASE("F51: sixty frequencies are taken or refused as they should be")
{
    struct Row {
        const char* value;
        int64_t nanoseconds;  // 0: refused
    };
    const std::vector<Row> rows = {{"0", 0},
                                   {"-0", 0},
                                   {"0.0", 0},
                                   {"-0.0", 0},
                                   {"-1", 0},
                                   {"-0.01", 0},
                                   {"nan", 0},
                                   {"-nan", 0},
                                   {"inf", 0},
                                   {"-inf", 0},
                                   {"1e-300", 0},
                                   {"1e300", 0},
                                   {"-1e300", 0},
                                   {"5e-324", 0},
                                   {"1.7976931348623157e308", 0},
                                   {"0.001", 0},
                                   {"0.009", 0},
                                   {"0.0099", 0},
                                   {"0.009999999", 0},
                                   {"0.0099999994", 0},
                                   {"31622400.1", 0},
                                   {"31622401", 0},
                                   {"31622400.000000006", 0},
                                   {"1e9", 0},
                                   {"1e10", 0},
                                   {"9.2e9", 0},
                                   {"9223372036", 0},
                                   {"9223372037", 0},
                                   {"9223372036854775807", 0},
                                   {"-9223372036854775808", 0},
                                   {"0x7fffffffffffffff", 0},
                                   {"true", 0},
                                   {"false", 0},
                                   {"\"1\"", 0},
                                   {"\"1s\"", 0},
                                   {"\"\"", 0},
                                   {"[1]", 0},
                                   {"{ s = 1 }", 0},
                                   {"1979-05-27", 0},
                                   {"00:00:05", 0},
                                   {"1979-05-27T07:32:00Z", 0},
                                   {"0.01", 10'000'000},
                                   {"1e-2", 10'000'000},
                                   {"0.0100000001", 10'000'000},
                                   {"0.010000001", 10'000'001},
                                   {"0.1", 100'000'000},
                                   {"0.3", 300'000'000},
                                   {"1", kSecond},
                                   {"1.0", kSecond},
                                   {"+1", kSecond},
                                   {"0x10", 16 * kSecond},
                                   {"0o17", 15 * kSecond},
                                   {"0b11", 3 * kSecond},
                                   {"1_000", 1000 * kSecond},
                                   {"1.5", 1'500'000'000},
                                   {"0.123456789", 123'456'789},
                                   {"86400", kDay},
                                   {"1e5", 100'000 * kSecond},
                                   {"31622400", 366 * kDay},
                                   {"31622400.0", 366 * kDay},
                                   {"3.16224e7", 366 * kDay}};
    CHECK(rows.size() >= 60);
    for (const Row& row : rows) {
        CAPTURE(row.value);
        const std::string text = "[functions.f]\nfunction = \"c.so:f\"\nfrequency = " + std::string(row.value) + "\n";
        const ManifestReading reading = parse_manifest(text, "m", "/");
        if (row.nanoseconds == 0) {
            REQUIRE(reading.problems.size() == 1);
            CHECK(reading.problems[0].at == Position{3, 1});
            continue;
        }
        REQUIRE(reading.problems.empty());
        CHECK(reading.manifest.functions[0]->frequency.count() == row.nanoseconds);
        Schedule schedule;
        schedule.add({.frequency = row.nanoseconds, .phase = row.nanoseconds - 1}, int64_t{1} << 61, kNever);
        CHECK(schedule.next_wake() > int64_t{1} << 61);
    }
}
