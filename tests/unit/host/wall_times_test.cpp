// SPDX-License-Identifier: BSD-3-Clause
//
// Due times by the wall clock, in zones whose clocks change: against a list that Python's zoneinfo made
// (data/make_cron_reference.py), and over fifty years.
#include "wall_times.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "clock.hpp"
#include "rfc3339.hpp"

using namespace dumbwaiter;

namespace {

WallTimes cron(const std::string& line, const std::string& zone = "UTC")
{
    const auto parsed = Cron::parse(line);
    REQUIRE_MESSAGE(parsed.has_value(), parsed.error().message);
    const auto found = TimeZone::find(zone);
    REQUIRE_MESSAGE(found.has_value(), found.error().message);
    return {*parsed, *found};
}

int64_t instant(const std::string& text)
{
    int year = 0, hour = 0, minute = 0;
    unsigned month = 0, day = 0;
    REQUIRE(sscanf(text.c_str(), "%d-%u-%uT%d:%d", &year, &month, &day, &hour, &minute) == 5);
    const std::chrono::sys_days date{std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)};
    return (date.time_since_epoch().count() * 86'400LL + hour * 3600 + minute * 60) * kSecond;
}

std::string minute_text(int64_t wall)
{
    return rfc3339(wall).substr(0, 16);
}

struct Case {
    std::string zone, line, from;
    std::vector<std::string> dues;
};

std::vector<Case> reference()
{
    std::ifstream file(CRON_REFERENCE);
    std::vector<Case> cases;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        Case one;
        std::string dues;
        std::getline(fields, one.zone, '|');
        std::getline(fields, one.line, '|');
        std::getline(fields, one.from, '|');
        std::getline(fields, dues);
        std::istringstream words(dues);
        for (std::string due; words >> due;) one.dues.push_back(due);
        cases.push_back(one);
    }
    return cases;
}

constexpr const char* kZones[] = {"UTC",
                                  "Europe/Berlin",
                                  "Europe/Dublin",
                                  "America/New_York",
                                  "America/St_Johns",
                                  "America/Nuuk",
                                  "Australia/Lord_Howe",
                                  "Africa/Cairo",
                                  "Asia/Kathmandu",
                                  "Pacific/Apia",
                                  "Antarctica/Troll",
                                  "Africa/Casablanca"};

}  // namespace

TEST_CASE("around clock changes and leap days the due times are those of the reference list")
{
    const std::vector<Case> cases = reference();
    REQUIRE(cases.size() >= 40);
    std::set<std::string> zones;
    for (const Case& one : cases) {
        CAPTURE(one.zone);
        CAPTURE(one.line);
        CAPTURE(one.from);
        zones.insert(one.zone);
        const WallTimes times = cron(one.line, one.zone);
        int64_t wall = instant(one.from);
        for (const std::string& due : one.dues) {
            wall = times.after(wall);
            CHECK(minute_text(wall) == due);
        }
    }
    CHECK(zones.size() >= 12);
}

TEST_CASE("over fifty years of twelve zones every due time is later than the one before and is found again")
{
    const int64_t from = instant("2026-01-01T00:00");
    const int64_t to = instant("2076-01-01T00:00");
    for (const char* zone : kZones) {
        for (const char* line : {"30 2 * * *", "15 0,1,3 * 3,4,10,11 *"}) {
            CAPTURE(zone);
            CAPTURE(line);
            const WallTimes times = cron(line, zone);
            const int64_t first = times.after(from);
            int64_t before = first;
            bool all_grow = true, all_found = true;
            for (int64_t due = times.after(first); due < to; before = due, due = times.after(due)) {
                all_grow = all_grow && due > before;
                all_found = all_found && times.after(due - 1) == due && times.after(before + (due - before) / 2) == due;
            }
            CHECK(all_grow);
            CHECK(all_found);
            CHECK(times.last_until(to, first) == before);
        }
    }
}

TEST_CASE("a daily line runs once on each of the 18,262 days of fifty years, whatever the clocks do")
{
    for (const char* zone : kZones) {
        CAPTURE(zone);
        const WallTimes times = cron("30 2 * * *", zone);
        int64_t count = 0;
        for (int64_t due = times.after(instant("2026-01-01T12:00")); due < instant("2076-01-01T12:00");
             due = times.after(due)) {
            ++count;
        }
        CHECK(count == 18'262);
    }
}

TEST_CASE("the last due time until now is found in few steps, however many lie between")
{
    const WallTimes times = cron("* * * * *", "Europe/Berlin");
    const int64_t known = instant("2020-01-01T00:00");
    CHECK(minute_text(times.last_until(instant("2030-06-01T10:17") + 30 * kSecond, known)) == "2030-06-01T10:17");
    CHECK(minute_text(times.last_until(instant("2026-10-25T01:30"), known)) == "2026-10-25T00:59");
    CHECK(times.last_until(known, known) == known);
    const WallTimes rare = cron("0 0 29 2 *");
    CHECK(minute_text(rare.last_until(instant("2103-01-01T00:00"), instant("2024-02-29T00:00"))) == "2096-02-29T00:00");
}

TEST_CASE("due times between two are counted, those of a cron line up to a thousand")
{
    const WallTimes hourly = cron("@hourly");
    CHECK(hourly.between(instant("2026-01-01T00:00"), instant("2026-01-02T00:00")) == 24);
    CHECK(hourly.between(instant("2026-01-01T00:00"), instant("2026-01-01T00:00")) == 0);
    CHECK(hourly.between(instant("2016-01-01T00:00"), instant("2026-01-01T00:00")) == 1000);
    CHECK(WallTimes::multiples_of(kSecond).between(0, 86'400 * kSecond) == 86'400);
}

TEST_CASE("aligned due times are multiples of the frequency since 1970 in UTC")
{
    const WallTimes quarters = WallTimes::multiples_of(900 * kSecond);
    CHECK(minute_text(quarters.after(instant("2026-11-23T13:07"))) == "2026-11-23T13:15");
    CHECK(quarters.after(900 * kSecond) == 1800 * kSecond);
    CHECK(quarters.after(-1) == 0);
    CHECK(quarters.after(-900 * kSecond) == 0);
    CHECK(quarters.last_until(1799 * kSecond, 0) == 900 * kSecond);
    CHECK(quarters.last_until(-1, 0) == -900 * kSecond);
    CHECK(quarters.after(std::numeric_limits<int64_t>::max() - 1) == std::numeric_limits<int64_t>::max());
}

TEST_CASE("a cron line ends where the clock's numbers do")
{
    CHECK(cron("@yearly").after(instant("2262-02-01T00:00")) == std::numeric_limits<int64_t>::max());
}

TEST_CASE("a zone that is not in the system's database is refused, with its near miss")
{
    const auto message = [](const char* name) {
        const auto zone = TimeZone::find(name);
        REQUIRE_FALSE(zone.has_value());
        return zone.error().message;
    };
    CHECK(message("Europe/Berln") == "\"Europe/Berln\" is no time zone; did you mean \"Europe/Berlin\"?");
    CHECK(message("europe/berlin").find("did you mean \"Europe/Berlin\"?") != std::string::npos);
    CHECK(message("Mars/Olympus").find("is no time zone: write one such as") != std::string::npos);
    for (const char* path : {"", "/etc/localtime", "/usr/share/zoneinfo/UTC", "../zoneinfo/UTC", "file:UTC"}) {
        CHECK(message(path).find("is no time zone") != std::string::npos);
    }
}
