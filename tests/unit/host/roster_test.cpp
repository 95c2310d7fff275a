// SPDX-License-Identifier: BSD-3-Clause
#include "roster.hpp"

#include <doctest/doctest.h>

#include "phase.hpp"

using namespace dumbwaiter;

namespace {

struct Reading {
    Manifest manifest;
    Resolution resolution;
};

// As if every library were one file with these bytes.
Reading read(const std::string& text, const std::string& digest = "d1")
{
    ManifestReading reading = parse_manifest(text, "m.toml", "/m");
    REQUIRE_MESSAGE(reading.problems.empty(), format_problems("m.toml", reading.problems));
    Reading made{std::move(reading.manifest), {}};
    for (size_t i = 0; i < made.manifest.functions.size(); ++i) made.resolution.bindings.push_back({.library_id = 0});
    made.resolution.files.push_back({.path = "/x.so"});
    made.resolution.digests[0] = digest;
    return made;
}

Roster roster_of(const Reading& reading, Codes& codes)
{
    const size_t count = reading.manifest.functions.size();
    return Roster(reading.manifest, codes.of(reading.manifest, reading.resolution), std::vector<Place>(count),
                  std::vector<int64_t>(count));
}

Difference to(const Roster& roster, const Reading& reading, Codes& codes)
{
    return difference(roster, reading.manifest, codes.of(reading.manifest, reading.resolution));
}

const std::string kTwo = "[functions]\na = \"x.so:f\"\nb = \"x.so:f\"\n";

}  // namespace

TEST_CASE("the same manifest at other lines is no change")
{
    Codes codes;
    const Reading before = read(kTwo);
    const Roster roster = roster_of(before, codes);
    CHECK(to(roster, read("\n# more\n\n" + kTwo), codes).is_none());
}

TEST_CASE("what comes and goes is told")
{
    Codes codes;
    const Reading before = read(kTwo);
    Roster roster = roster_of(before, codes);
    const Difference change = to(roster, read("[functions]\nb = \"x.so:f\"\nc = \"x.so:f\"\n"), codes);
    REQUIRE(change.newcomers.size() == 1);
    CHECK(change.newcomers[0].index == 1);
    CHECK_FALSE(change.newcomers[0].id);
    CHECK(change.leavers == std::vector<FunctionId>{0});
    roster.set_in_manifest(0, false);
    const Difference back = to(roster, before, codes);
    REQUIRE(back.newcomers.size() == 1);
    CHECK(back.newcomers[0].id == FunctionId{0});
    CHECK_FALSE(back.newcomers[0].is_known);
    CHECK(back.newcomers[0].moves);
}

TEST_CASE("other bytes of a library move all its functions, another schedule moves none")
{
    Codes codes;
    const Reading before = read(kTwo);
    const Roster roster = roster_of(before, codes);
    const Difference bytes = to(roster, read(kTwo, "d2"), codes);
    REQUIRE(bytes.newcomers.size() == 2);
    CHECK(bytes.newcomers[0].moves);
    const Difference schedule =
        to(roster, read("[functions]\nb = \"x.so:f\"\n[functions.a]\nfunction = \"x.so:f\"\nfrequency = 7\n"), codes);
    REQUIRE(schedule.newcomers.size() == 1);
    CHECK_FALSE(schedule.newcomers[0].moves);
    CHECK(schedule.newcomers[0].is_known);
}

TEST_CASE("every key that says when a function runs is a change, and moves nothing")
{
    const std::string two = "[functions]\nb = \"x.so:f\"\n[functions.a]\nfunction = \"x.so:f\"\n";
    const Reading before = read(two);
    for (const char* more : {"frequency = 7", "align = true", "cron = \"@daily\"", "after = [\"b\"]",
                             "overlap = \"queue\"", "retry = { attempts = 1 }", "on_start = \"never\""}) {
        CAPTURE(more);
        Codes codes;
        const Roster roster = roster_of(before, codes);
        const Difference change = to(roster, read(two + more), codes);
        REQUIRE(change.newcomers.size() == 1);
        CHECK_FALSE(change.newcomers[0].moves);
    }
    Codes codes;
    const Reading utc = read(two + "cron = \"@daily\"\ntimezone = \"UTC\"");
    const Roster roster = roster_of(utc, codes);
    CHECK(to(roster, read(two + "cron = \"@daily\""), codes).is_none());
    CHECK_FALSE(to(roster, read(two + "cron = \"@daily\"\ntimezone = \"Asia/Tokyo\""), codes).is_none());
    CHECK_FALSE(to(roster, read(two + "cron = \"@hourly\""), codes).is_none());
}

TEST_CASE("every key that the code is told, or that is fixed when it is loaded, moves its function")
{
    const std::string a = "[functions.a]\nfunction = \"x.so:f\"\n";
    const Reading before = read(a);
    for (const char* more :
         {"args = [1]", "kwargs = { k = 1 }", "timeout = 1", "serializer = \"cbor\"", "isolation = \"thread\"",
          "group = \"g\"", "[limits]\nmemory = \"1GiB\"", "[limits]\nresult_size = \"2MiB\""}) {
        CAPTURE(more);
        Codes codes;
        const Roster roster = roster_of(before, codes);
        const Difference change = to(roster, read(a + more), codes);
        REQUIRE(change.newcomers.size() == 1);
        CHECK(change.newcomers[0].moves);
    }
}

TEST_CASE("a name is found as long as the host lives, and in the manifest only while it is there")
{
    Codes codes;
    const Reading before = read(kTwo);
    Roster roster = roster_of(before, codes);
    FunctionSpec late = before.manifest.functions[0];
    late.name = "aa";
    CHECK(roster.add({.spec = std::make_shared<const FunctionSpec>(late)}) == 2);
    CHECK(roster.find("aa") == FunctionId{2});
    CHECK(roster.find("b") == FunctionId{1});
    CHECK_FALSE(roster.find("c"));
    roster.set_in_manifest(1, false);
    CHECK(roster.find("b"));
    CHECK_FALSE(roster.find_in_manifest("b"));
    CHECK(roster.in_manifest() == 2);
}
