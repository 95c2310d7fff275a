// SPDX-License-Identifier: BSD-3-Clause
//
// Lines of cron: what they name, and what is said of those that are wrong.
#include "cron.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

using namespace dumbwaiter;
using namespace std::chrono;

namespace {

LocalMinute at(int y, unsigned m, unsigned d, int hour = 0, int minute = 0)
{
    return local_days(year(y) / month(m) / day(d)) + hours(hour) + minutes(minute);
}

std::string text_of(LocalMinute time)
{
    const local_days date = floor<days>(time);
    const year_month_day ymd(date);
    const auto minute = (time - date).count();
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(ymd.year()),
                       static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()), minute / 60, minute % 60);
}

std::string first(const std::string& line, LocalMinute from)
{
    const auto cron = Cron::parse(line);
    REQUIRE_MESSAGE(cron.has_value(), cron.error().message);
    const auto found = cron->first_from(from);
    return found ? text_of(*found) : "never";
}

}  // namespace

TEST_CASE("a line names the minutes of its five fields")
{
    struct Row {
        std::string line, first;  // from Sunday 2026-11-22 10:07 on
    };
    const std::vector<Row> rows = {
        {"* * * * *", "2026-11-22 10:07"},       {"*/5 * * * *", "2026-11-22 10:10"},
        {"7 10 * * *", "2026-11-22 10:07"},      {"6 10 * * *", "2026-11-23 10:06"},
        {"0 9-17/4 * * *", "2026-11-22 13:00"},  {"5,10,15 11 * * *", "2026-11-22 11:05"},
        {"0 0 1 * *", "2026-12-01 00:00"},       {"0 0 * * 1", "2026-11-23 00:00"},
        {"0 0 * * MON-Fri", "2026-11-23 00:00"}, {"0 12 * * 7", "2026-11-22 12:00"},
        {"0 12 * * 0", "2026-11-22 12:00"},      {"0 9 * * fri-sun", "2026-11-27 09:00"},
        {"0 9 * * sat,sun", "2026-11-28 09:00"}, {"0 0 1 jan *", "2027-01-01 00:00"},
        {"0 0 29 2 *", "2028-02-29 00:00"},      {"0 0 31 11,12 *", "2026-12-31 00:00"},
        {"  0\t12  * * * ", "2026-11-22 12:00"}, {"59 23 * * *", "2026-11-22 23:59"},
        {"@hourly", "2026-11-22 11:00"},         {"@daily", "2026-11-23 00:00"},
        {"@midnight", "2026-11-23 00:00"},       {"@weekly", "2026-11-29 00:00"},
        {"@monthly", "2026-12-01 00:00"},        {"@yearly", "2027-01-01 00:00"},
        {"@Annually", "2027-01-01 00:00"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        CHECK(first(row.line, at(2026, 11, 22, 10, 7)) == row.first);
    }
}

TEST_CASE("day of month and day of week: either is enough if both are restricted, else both must fit")
{
    CHECK(first("0 0 13 * fri", at(2026, 11, 1)) == "2026-11-06 00:00");
    CHECK(first("0 0 13 * fri", at(2026, 11, 7)) == "2026-11-13 00:00");
    CHECK(first("0 0 * * fri", at(2026, 11, 7)) == "2026-11-13 00:00");
    CHECK(first("0 0 13 * *", at(2026, 11, 1)) == "2026-11-13 00:00");
    // A field that begins with a star restricts nothing by itself, as cron(8) has it.
    CHECK(first("0 0 */2 * fri", at(2026, 11, 1)) == "2026-11-13 00:00");
}

TEST_CASE("a leap day is found over eight years, and its Monday over forty")
{
    CHECK(first("0 0 29 2 *", at(2096, 3, 1)) == "2104-02-29 00:00");
    CHECK(first("0 0 29 feb */7", at(2096, 3, 1)) == "2128-02-29 00:00");
}

TEST_CASE("a line that is wrong is refused with the place of its fault")
{
    struct Row {
        std::string line, message;
    };
    const std::vector<Row> rows = {
        {"", "at character 1: five fields are wanted (minute hour day-of-month month day-of-week), not 0"},
        {"* * * *", "at character 8: five fields are wanted (minute hour day-of-month month day-of-week), not 4"},
        {"@every 5m", "at character 1: @every is no time: write frequency, in seconds"},
        {"0 * * * * *", "not 6; for less than a minute there is frequency"},
        {"60 * * * *", "at character 1: the minute is a number from 0 to 59, not \"60\""},
        {"* 24 * * *", "at character 3: the hour is a number from 0 to 23, not \"24\""},
        {"* * 0 * *", "at character 5: the day of month is a number from 1 to 31, not \"0\""},
        {"* * 32 * *", "from 1 to 31, not \"32\""},
        {"* * * 13 *", "at character 7: the month is a number from 1 to 12 or a name such as feb, not \"13\""},
        {"* * * * 8", "at character 9: the day of week is a number from 0 to 7 or a name such as mon, not \"8\""},
        {"* * * agu *", "not \"agu\"; did you mean \"aug\"?"},
        {"* * * * thr", "not \"thr\"; did you mean \"thu\"?"},
        {"-1 * * * *", "at character 1: the minute is a number from 0 to 59, not \"\""},
        {"1- * * * *", "at character 3: the minute is a number from 0 to 59, not \"\""},
        {"1.5 * * * *", "not \"1.5\""},
        {"99999999999 * * * *", "not \"99999999999\""},
        {"*/0 * * * *", "at character 3: the step of the minute is a number from 1 to 59, not \"0\""},
        {"*/60 * * * *", "from 1 to 59, not \"60\""},
        {"*/ * * * *", "not \"\""},
        {"5/15 * * * *", "at character 1: a step belongs to a range: write 5-59/15"},
        {"30-10 * * * *", "at character 1: the range 30-10 runs backwards: write it as two, 30-59,0-10"},
        {"1,,2 * * * *", "at character 3: the list for the minute has an empty place"},
        {"1,2, * * * *", "at character 5: the list for the minute has an empty place"},
        {"* * L * *", "at character 5: the day of month is a number from 1 to 31, not \"L\""},
        {"* * ? * *", "not \"?\""},
        {"0 0 30 2 *", "at character 5: no month of these has such a day: it would never run"},
        {"0 0 31 2,4,6,9,11 *", "would never run"},
        {"@hourli", "at character 1: \"@hourli\" is no such name; did you mean \"@hourly\"?"},
        {" @reboot", "at character 2: @reboot is no time: write on_start = \"always\""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const auto cron = Cron::parse(row.line);
        REQUIRE_FALSE(cron.has_value());
        CHECK_MESSAGE(cron.error().message.find(row.message) != std::string::npos, cron.error().message);
    }
}
