// SPDX-License-Identifier: BSD-3-Clause
//
// F51: frequencies that a manifest may give, and those it may not.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "clock.hpp"
#include "manifest.hpp"
#include "row.hpp"
#include "schedule.hpp"

using namespace dumbwaiter;
using namespace dumbwaiter::test;

namespace {

constexpr int64_t kDay = 86'400 * kSecond;

struct Given {
    const char* value;
    int64_t nanoseconds;  // 0: refused
};

void check_one(const Given& given)
{
    const std::string text = fmt::format("[functions.f]\nfunction = \"c.so:f\"\nfrequency = {}\n", given.value);
    const ManifestReading reading = parse_manifest(text, "m", "/");
    if (given.nanoseconds == 0) {
        REQUIRE(reading.problems.size() == 1);
        CHECK(reading.problems[0].at == Position{3, 1});
        return;
    }
    REQUIRE(reading.problems.empty());
    CHECK(reading.manifest.functions[0]->frequency.count() == given.nanoseconds);
    // Far from the start of all clocks its due times are still right.
    const int64_t late = int64_t{1} << 61;
    const Grid grid{.frequency = given.nanoseconds, .phase = given.nanoseconds - 1};
    Schedule schedule;
    schedule.add(grid, late, kNever);
    CHECK(schedule.next_due(0) > late);
    CHECK(schedule.next_due(0) <= late + given.nanoseconds);
    CHECK((schedule.next_due(0) + 1) % given.nanoseconds == 0);
    CHECK(WallTimes::multiples_of(given.nanoseconds).after(late) > late);
}

}  // namespace

TEST_CASE("F51: sixty frequencies are taken or refused as they should be")
{
    Row row("F51", "frequencies, zero to infinity");
    const std::vector<Given> rows = {{"0", 0},
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
    for (const Given& given : rows) {
        CAPTURE(given.value);
        row.attempt([&] { check_one(given); });
    }
}

TEST_CASE("F51: what says when a function is due twice, or not at all, is refused at its line")
{
    Row row("F51", "frequency, cron and other times together");
    struct Refused {
        const char *lines, *message;
        uint32_t line;
    };
    for (const Refused& refused : std::vector<Refused>{
             {"frequency = 1\ncron = \"* * * * *\"", "cron", 4},
             {"cron = \"* * * * *\"\nfrequency = 1", "cron", 3},
             {"timezone = \"UTC\"", "timezone", 3},
             {"frequency = 1\ntimezone = \"UTC\"", "timezone", 4},
             {"align = true\ncron = \"* * * * *\"", "align", 3},
             {"interval = 5", "interval", 3},
             {"frequency = 1\nfrequency = 2", "frequency", 4},
         }) {
        CAPTURE(refused.lines);
        row.attempt([&] {
            const auto reading =
                parse_manifest(fmt::format("[functions.f]\nfunction = \"c.so:f\"\n{}\n", refused.lines), "m", "/");
            REQUIRE(!reading.problems.empty());
            CHECK(reading.problems[0].at.line == refused.line);
            CHECK_MESSAGE(reading.problems[0].message.find(refused.message) != std::string::npos,
                          reading.problems[0].message);
        });
    }
}
