// SPDX-License-Identifier: BSD-3-Clause
//
// Due times by the wall clock. Zones whose clocks change are row F52 of the fault matrix.
#include "wall_times.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

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

}  // namespace

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
