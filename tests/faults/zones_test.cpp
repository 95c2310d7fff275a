// SPDX-License-Identifier: BSD-3-Clause
//
// F52: due times of cron lines in zones whose clocks change. Against a list that Python's zoneinfo made
// (make_cron_reference.py), and over fifty years against a walk along the clock on the wall.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "clock.hpp"
#include "fake_host.hpp"
#include "rfc3339.hpp"
#include "row.hpp"
#include "wall_times.hpp"

using namespace dumbwaiter;
using namespace dumbwaiter::test;

namespace {

int64_t instant(const std::string& minute)
{
    return parse_rfc3339(minute + ":00Z").value();
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

// Twelve kinds of clocks: never changed, by an hour, by half of one, at midnight, backwards in summer, across the date
// line, by two hours, by the moon.
const std::vector<std::string> kZones = {"UTC",
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

// Those of the database in the full run.
std::vector<std::string> zones()
{
    std::vector<std::string> names = kZones;
    std::ifstream file("/usr/share/zoneinfo/tzdata.zi");
    for (std::string line; is_full() && std::getline(file, line);) {
        if (line.starts_with("Z ")) names.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
    return names;
}

std::string random_field(std::mt19937& random, unsigned low, unsigned high)
{
    const auto number = [&] { return low + static_cast<unsigned>(random() % (high - low + 1)); };
    switch (random() % 5) {
        case 0: return "*";
        case 1: return fmt::format("*/{}", 1 + random() % (high - low));
        case 2: {
            const unsigned a = number(), b = number();
            return fmt::format("{}-{}", std::min(a, b), std::max(a, b));
        }
        case 3: return fmt::format("{},{}", number(), number());
        default: return fmt::format("{}", number());
    }
}

// Hours of the night are named more often, as clocks are changed then. Some lines name no day of any year.
std::string random_line(std::mt19937& random)
{
    const std::string hour = random() % 2 == 0 ? random_field(random, 0, 3) : random_field(random, 0, 23);
    const bool any_day = random() % 2 == 0;
    return fmt::format("{} {} {} {} {}", random_field(random, 0, 59), hour, any_day ? "*" : random_field(random, 1, 31),
                       any_day ? "*" : random_field(random, 1, 12), random_field(random, 0, 7));
}

// Stands before a clock of that zone, and writes down when it shows a time that the line names and that it has not
// shown before. Knows instants only from what the clock shows.
class Onlooker {
public:
    Onlooker(const Cron& cron, const TimeZone& zone, int64_t from_second)
        : cron_(cron), zone_(zone), now_(from_second), newest_(zone.local(now_)), named_(first_after(newest_))
    {}

    // Adds what comes in the next six hours. Where the clock goes on evenly nobody has to look at each minute.
    void look(std::vector<int64_t>& dues)
    {
        const LocalMinute shows = zone_.local(now_);
        if (zone_.local(now_ + kBlock * 60) - shows == std::chrono::minutes(kBlock)) {
            pass(shows, now_, false, dues);  // it may have been changed just now
            pass(shows + std::chrono::minutes(kBlock - 1), now_ + (kBlock - 1) * 60, true, dues);
        } else {
            for (int64_t minute = 0; minute < kBlock; ++minute) {
                pass(zone_.local(now_ + minute * 60), now_ + minute * 60, false, dues);
            }
        }
        now_ += kBlock * 60;
    }
    int64_t now() const { return now_; }

private:
    static constexpr int64_t kBlock = 360;

    LocalMinute first_after(LocalMinute minute) const
    {
        return cron_.first_from(minute + std::chrono::minutes(1)).value_or(LocalMinute::max());
    }
    void pass(LocalMinute shows, int64_t second, bool is_even, std::vector<int64_t>& dues)
    {
        while (named_ <= shows) {
            dues.push_back((is_even ? second - (shows - named_).count() * 60 : second) * kSecond);
            named_ = first_after(is_even ? named_ : shows);
        }
        newest_ = std::max(newest_, shows);
    }

    const Cron& cron_;
    const TimeZone& zone_;
    int64_t now_;         // Unix seconds
    LocalMinute newest_;  // that was shown
    LocalMinute named_;   // the first after it that the line names
};

// Returns how many due times were compared.
size_t check_against_onlooker(const std::string& line, const std::string& zone_name, const std::string& from, int years)
{
    constexpr size_t kEnough = 5'000;
    const auto cron = Cron::parse(line);
    if (!cron) return 0;
    const auto zone = TimeZone::find(zone_name);
    REQUIRE_MESSAGE(zone.has_value(), zone.error().message);
    const WallTimes times(*cron, *zone);
    Onlooker onlooker(*cron, *zone, instant(from) / kSecond);
    std::vector<int64_t> dues;
    for (int day = 0; day < 4 * 3; ++day) onlooker.look(dues);  // to know what it has shown before
    dues.clear();
    int64_t last = onlooker.now() * kSecond - 1;
    const int64_t end = onlooker.now() + int64_t{years} * 366 * 86'400;
    size_t compared = 0;
    while (onlooker.now() < end && compared < kEnough) {
        onlooker.look(dues);
        for (const int64_t due : dues) {
            const int64_t found = times.after(last);
            REQUIRE_MESSAGE(found == due,
                            zone_name << ", " << line << ": " << minute_text(found) << " is not " << minute_text(due));
            REQUIRE(due > last);
            REQUIRE(times.after(due - 1) == due);
            REQUIRE(times.last_until(due + 30 * kSecond, due) == due);
            last = due;
            ++compared;
        }
        dues.clear();
    }
    REQUIRE(times.after(last) >= onlooker.now() * kSecond);
    return compared;
}

}  // namespace

TEST_CASE("F52: around clock changes and leap days the due times are those of the reference list")
{
    Row row("F52", "DST and leap cases of a reference list");
    const std::vector<Case> cases = reference();
    REQUIRE(cases.size() >= 40);
    std::set<std::string> names;
    for (const Case& one : cases) {
        CAPTURE(one.zone);
        CAPTURE(one.line);
        CAPTURE(one.from);
        names.insert(one.zone);
        row.attempt([&] {
            const WallTimes times = cron_times(one.line, one.zone);
            int64_t wall = instant(one.from);
            for (const std::string& due : one.dues) {
                wall = times.after(wall);
                CHECK(minute_text(wall) == due);
            }
        });
    }
    CHECK(names.size() >= 12);
    row.figure(fmt::format("in {} zones", names.size()));
}

TEST_CASE("F52: over fifty years every due time is later than the one before, and is found again")
{
    Row row("F52", "strictly increasing over fifty years");
    const int64_t from = instant("2026-01-01T00:00"), to = instant("2076-01-01T00:00");
    size_t count = 0;
    for (const std::string& zone : zones()) {
        for (const char* line : {"30 2 * * *", "15 0,1,3 * 3,4,10,11 *"}) {
            CAPTURE(zone);
            CAPTURE(line);
            row.attempt([&] {
                const WallTimes times = cron_times(line, zone);
                const int64_t first = times.after(from);
                int64_t before = first;
                for (int64_t due = times.after(first); due < to; before = due, due = times.after(due), ++count) {
                    REQUIRE(due > before);
                    REQUIRE(times.after(due - 1) == due);
                    REQUIRE(times.after(before + (due - before) / 2) == due);
                }
                CHECK(times.last_until(to, first) == before);
            });
        }
    }
    row.figure(fmt::format("{} due times in {} zones", count, zones().size()));
}

TEST_CASE("F52: a daily line runs once on each of the 18,262 days of fifty years, whatever the clocks do")
{
    Row row("F52", "once a day for fifty years");
    for (const std::string& zone : zones()) {
        CAPTURE(zone);
        row.attempt([&] {
            const WallTimes times = cron_times("30 2 * * *", zone);
            int64_t count = 0;
            for (int64_t due = times.after(instant("2026-01-01T12:07")); due < instant("2076-01-01T12:07");
                 due = times.after(due)) {
                ++count;
            }
            CHECK(count == 18'262);
        });
    }
}

TEST_CASE("F52: lines made at random are due when the clock on the wall first shows a time that they name")
{
    Row row("F52", "random lines against the clock on the wall");
    std::mt19937 random(52);
    size_t count = 0;
    for (const std::string& zone : zones()) {
        for (int i = 0; i < 6; ++i) {
            const std::string line = i == 0 ? "* * * * *" : random_line(random);
            CAPTURE(zone);
            CAPTURE(line);
            row.attempt([&] { count += check_against_onlooker(line, zone, "2025-12-29T00:00", 50); });
        }
        // Clocks have been changed in stranger ways than they will be; those of Monrovia by seconds, until 1972.
        row.attempt([&] { count += check_against_onlooker("*/30 * * * *", zone, "1996-12-29T00:00", 28); });
        row.attempt([&] { count += check_against_onlooker("29 0-3,23 * * *", zone, "1973-01-01T00:00", 50); });
    }
    row.figure(fmt::format("{} due times in {} zones", count, zones().size()));
}
