// SPDX-License-Identifier: BSD-3-Clause
//
// What goes wrong is seen: in `list`, in `status` and in the log.
#include <doctest/doctest.h>

#include <csignal>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

constexpr auto kVolatile = "durability = \"volatile\"\ncommit_interval = 0";

Json row_of(World& world, const std::string& name)
{
    for (const Json& row : world.run({"list", "--json"}).json_lines()) {
        if (row["name"] == name) return row;
    }
    return {};
}

size_t count(const std::string& text, std::string_view part)
{
    size_t found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("list tells how late a function is, what it skipped, how often it failed in a row, and that it hangs")
{
    World world;
    world.write(entry("good", "tick.so:tick", "frequency = 0.1") + entry("bad", "tick.so:fails", "frequency = 0.1") +
                    entry("slow", "tick.so:slow_tick", "frequency = 0.1") +
                    entry("hung", "hangs.so:forever", "frequency = 0.1"),
                kVolatile);
    const auto host = world.start();
    until([&] { return row_of(world, "hung")["stuck"] == true; }, "what hangs is not seen");
    until([&] { return row_of(world, "hung")["skipped"] > 5; }, "what it skips is not counted");
    until([&] { return row_of(world, "slow")["skipped"] > 2; }, "what runs for long skips nothing");
    until([&] { return row_of(world, "bad")["failures_in_row"] > 3; }, "failures are not counted");
    const Json good = row_of(world, "good");
    CHECK(good["stuck"] == false);
    CHECK(good["failures_in_row"] == 0);
    CHECK(good["lateness"] >= 0);
    CHECK(good["next_due"].is_string());
    CHECK(row_of(world, "bad")["lateness"] >= 0);
    CHECK(row_of(world, "hung")["lateness"].is_null());
    const std::string table = world.run({"list"}).out;
    CHECK(has(table, "LATE"));
    CHECK(has(table, "stuck"));
    CHECK(host->stop(SIGTERM) == 0);
    // As it was at the end, but for what only a host can do.
    CHECK(row_of(world, "bad")["failures_in_row"] > 3);
    CHECK(row_of(world, "hung")["stuck"] == false);
}

TEST_CASE("lateness is that of the newest record, whether it is a value or an error report")
{
    World world;
    // One at a time: each waits for the others, which take 0.3 s.
    world.write(entry("a", "tick.so:slow_tick", "frequency = 0.2") +
                    entry("b", "tick.so:slow_tick", "frequency = 0.2") +
                    entry("bad", "tick.so:fails", "frequency = 0.2"),
                std::string(kVolatile) + "\nthreaded = false");
    const auto host = world.start();
    world.wait_for_errors("bad", 3);
    until([&] { return row_of(world, "bad")["lateness"] > 0.1; }, "nothing is late");
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("status counts and names those that fail, hang or are held")
{
    World world;
    std::string functions = entry("hung", "hangs.so:forever", "frequency = 60\non_start = \"always\"") +
                            entry("shy", "disable.so:disable", "frequency = 0.1") +
                            entry("dead", "crashes.so:exits", "frequency = 0.1") +
                            entry("held", "tick.so:tick", "frequency = 0.1");
    for (int i = 10; i < 30; ++i) functions += entry("bad" + std::to_string(i), "tick.so:fails", "frequency = 0.5");
    world.write(functions, kVolatile);
    const auto host = world.start();
    world.wait_for("held", 1);
    CHECK(world.run({"pause", "held"}).code == 0);
    until([&] { return row_of(world, "dead")["quarantined"] == true; }, "no quarantine came");
    CHECK(world.status()["quarantined"] == 1);
    until([&] { return world.status()["failing"] >= 22; }, "not all are told of that fail");
    until([&] { return world.status()["stuck"].size() == 1; }, "what hangs is not told of");
    const Json status = world.status();
    CHECK(status["failing_functions"].size() == 10);
    CHECK(status["failing_functions"][0]["failures_in_row"] >= 1);
    CHECK(status["quarantined_functions"] == Json::array({"dead"}));
    CHECK(status["off_functions"] == Json::array({"shy"}));
    CHECK(status["paused_functions"] == Json::array({"held"}));
    const std::string text = world.run({"status"}).out;
    for (const char* part :
         {"failing", "bad10 (", "more", "quarantined", "dead", "off", "shy", "paused", "held", "hung"}) {
        CHECK_MESSAGE(has(text, part), part);
    }
    CHECK(world.run({"resume", "held"}).code == 0);
    until([&] { return world.status()["paused"] == 0; }, "it is shown as paused for ever");
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a function that works again is as good as new, and one that leaves the manifest does not fail any more")
{
    World world;
    world.write(entry("every", "flaky.so:every_other", "frequency = 0.1") +
                    entry("bad", "tick.so:fails", "frequency = 0.1") + entry("good", "tick.so:tick", "frequency = 0.1"),
                kVolatile);
    const auto host = world.start();
    until([&] { return row_of(world, "bad")["failures_in_row"] > 3; }, "failures are not counted");
    world.wait_for_errors("every", 5);
    // It fails and works in turn, ten times a second, and is told of once a minute.
    CHECK(count(host->log(), "name=every") <= 4);
    CHECK(count(host->log(), "name=bad") == 1);
    CHECK(row_of(world, "every")["failures_in_row"] <= 1);
    world.write(entry("good", "tick.so:tick", "frequency = 0.1"), kVolatile);
    until([&] { return world.status()["failing"] == 0; }, "what has left is still told of");
    CHECK(host->stop(SIGTERM) == 0);
}
