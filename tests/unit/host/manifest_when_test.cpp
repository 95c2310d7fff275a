// SPDX-License-Identifier: BSD-3-Clause
//
// When functions run, as the manifest says it: what is taken, and what is refused where.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "clock.hpp"
#include "parsed_manifest.hpp"

using namespace dumbwaiter;
using namespace std::chrono_literals;

namespace {

const std::string kHeader = "[functions.a]\nfunction = \"clock.so:now\"\n";

FunctionSpec function(const std::string& lines, const std::string& settings = "")
{
    return parsed(settings + kHeader + lines).functions.at(0);
}

}  // namespace

TEST_CASE("cron takes the place of the frequency, in UTC or in the zone that is named")
{
    const FunctionSpec utc = function("cron = \"30 2 * * *\"");
    CHECK(utc->frequency == 0s);
    REQUIRE(utc->cron.has_value());
    CHECK(utc->cron->after(0) == (2 * 60 + 30) * 60 * kSecond);
    CHECK(utc->cron_line == "30 2 * * *");
    CHECK(utc->timezone == "UTC");
    const FunctionSpec tabs = function("cron = \"30\\t2 *\t* *\"");  // as tables of cron(8) have them
    CHECK(tabs->cron->after(0) == utc->cron->after(0));
    CHECK(tabs->cron_line == "30 2 * * *");
    const FunctionSpec tokyo = function("timezone = \"Asia/Tokyo\"\ncron = \"@daily\"");
    CHECK(tokyo->cron->after(0) == 15 * 3600 * kSecond);
    CHECK(tokyo->timezone == "Asia/Tokyo");
}

TEST_CASE("align is taken of a function, and of all that have a frequency")
{
    CHECK(!function("")->align);
    CHECK(function("align = true")->align);
    CHECK(function("align = true")->frequency == 300s);
    const std::string all = "[dumbwaiter]\nalign = true\n";
    CHECK(function("frequency = 7", all)->align);
    CHECK(!function("align = false", all)->align);
    CHECK(!function("cron = \"@daily\"", all)->align);
}

TEST_CASE("after takes the place of the default frequency, and stands beside one that is given")
{
    const std::string other = "[functions.b]\nfunction = \"clock.so:now\"\n";
    const FunctionSpec alone = parsed(kHeader + "after = [\"b\"]\n" + other).functions.at(0);
    CHECK(alone->frequency == 0s);
    REQUIRE(alone->after.size() == 1);
    CHECK(alone->after[0].name == "b");
    CHECK(parsed(kHeader + "after = [\"b\"]\nfrequency = 5\n" + other).functions.at(0)->frequency == 5s);
    CHECK(parsed(kHeader + "after = [\"b\"]\ncron = \"@daily\"\n" + other).functions.at(0)->cron.has_value());
    CHECK(function("after = []")->frequency == 300s);
}

TEST_CASE("overlap says what becomes of a due time that finds its function running")
{
    CHECK(function("")->overlap == Overlap::kSkip);
    CHECK(function("overlap = \"skip\"")->overlap == Overlap::kSkip);
    CHECK(function("overlap = \"queue\"")->overlap == Overlap::kQueue);
}

TEST_CASE("a schedule that is wrong is refused at its key")
{
    check_all({{"cron = \"* * * *\"", 3, 1, "at character 8: five fields are wanted"},
               {"cron = \"*/5 * * * mondey\"", 3, 1, "at character 11: the day of week is a number"},
               {"cron = \"0 0 30 2 *\"", 3, 1, "it would never run"},
               {"cron = 5", 3, 1, "a string, not 5"},
               {"cron = \"\"", 3, 1, "not empty"},
               {"cron = [\"@daily\"]", 3, 1, "not an array"},
               {"corn = \"@daily\"", 3, 1, "did you mean \"cron\"?"},
               {"cron = \"@daily\"\nfrequency = 5", 3, 1, "are both there: leave one of them out"},
               {"frequency = 5\ncron = \"@daily\"", 4, 1, "are both there: leave one of them out"},
               {"timezone = \"UTC\"", 3, 1, "\"timezone\" is for \"cron\", which is not there"},
               {"cron = \"@daily\"\ntimezone = \"Europe/Berln\"", 4, 1, "did you mean \"Europe/Berlin\"?"},
               {"cron = \"@daily\"\ntimezone = \"CEST\"", 4, 1, "\"CEST\" is no time zone"},
               {"cron = \"@daily\"\ntimezone = 2", 4, 1, "a string, not 2"},
               {"cron = \"@daily\"\nalign = true", 4, 1, "cron goes by the clock anyway"},
               {"after = [\"b\"]\nalign = true", 4, 1, "\"align\" is for \"frequency\", which is not there"},
               {"align = \"yes\"", 3, 1, "true or false"},
               {"overlap = \"queu\"", 3, 1, "did you mean \"queue\"?"}},
              kHeader, "\n[functions.b]\nfunction = \"clock.so:now\"\n");
}

TEST_CASE("a name in after that is no function is refused where it stands")
{
    check_all({{"after = [\"c\"]", 3, 10, "\"c\" names no function of this manifest"},
               {"after = [\"total\", \"totel\"]", 3, 19, "did you mean \"total\"?"},
               {"after = [\"total\", 3]", 3, 19, "\"after\" must be an array of function names, and 3 is none"},
               {"after = \"total\"", 3, 1, "\"after\" must be an array of function names, not \"total\""},
               {"after = [\"\"]", 3, 10, "\"\" names no function"},
               {"after = [\"total\",\n  \"total\"]", 4, 3, "\"total\" is there already"}},
              kHeader, "\n[functions.total]\nfunction = \"clock.so:now\"\n");
}

TEST_CASE("a name in after may be of a library that is dropped in some day, where that would run")
{
    const std::string autoload = "[autoload]\nenabled = true\n";
    for (const char* name : {"libx.beat", "libx-2.1._beat9", "a:b.c", "total.x"}) {
        CAPTURE(name);
        const std::string text = kHeader + "after = [\"" + name + "\"]\n";
        CHECK(parsed(text + autoload).functions.at(0)->after[0].name == name);
        check_all({{text, 3, 10, "names no function of this manifest"}}, "", "");
    }
    for (const char* name : {"libx", "libx.", ".beat", "libx.2beat", "libx.be-at", "libx.b\u00e9", ".libx.beat"}) {
        CAPTURE(name);
        check_all({{kHeader + "after = [\"" + name + "\"]\n" + autoload, 3, 10, "names no function of this manifest"}},
                  "", "");
    }
    check_all({{kHeader + "after = [\"libx.beat\"]\n[functions.\"libx.beat\"]\nfunction = \"libx.so:beat\"\n" +
                    "after = [\"a\"]\n" + autoload,
                3, 10, "(a after libx.beat after a)"}},
              "", "");
}

TEST_CASE("functions that wait for each other are refused, and the circle is named")
{
    const auto entry = [](const std::string& name, const std::string& after) {
        return "[functions." + name + "]\nfunction = \"c.so:f\"\nafter = [" + after + "]\n";
    };
    check_all({{entry("a", "\"a\""), 3, 10, "wait for each other (a after a): take one of them out of an \"after\""},
               {entry("a", "\"b\"") + entry("b", "\"a\""), 3, 10, "(a after b after a)"},
               {entry("c", "\"a\"") + entry("a", "\"b\"") + entry("b", "\"c\""), 6, 10, "(a after b after c after a)"},
               // Others that wait for a circle are not part of it.
               {entry("a", "\"b\"") + entry("b", "\"c\"") + entry("c", "\"b\""), 6, 10, "(b after c after b)"}},
              "", "");
    const ManifestReading two = parse_manifest(
        entry("a", "\"b\"") + entry("b", "\"a\"") + entry("c", "\"d\", \"a\"") + entry("d", "\"c\""), "m", "/");
    CHECK(two.problems.size() == 2);
}

TEST_CASE("a chain of twenty thousand functions is no circle, and takes no deep stack")
{
    std::string text;
    for (int i = 0; i < 20'000; ++i) {
        const std::string name = "f" + std::to_string(100'000 + i);
        text += "[functions." + name + "]\nfunction = \"c.so:f\"\n";
        if (i > 0) text += "after = [\"f" + std::to_string(100'000 + i - 1) + "\"]\n";
    }
    CHECK(parsed(text).functions.size() == 20'000);
}
