// SPDX-License-Identifier: BSD-3-Clause
//
// By the clock, and after one another: a whole host.
#include <doctest/doctest.h>

#include <cmath>
#include <csignal>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

Json listed(World& world, const std::string& name)
{
    for (const Json& row : world.run({"list", "--json"}).json_lines()) {
        if (row["name"] == name) return row;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("a function after another runs once for each of its new values, and not for unchanged ones")
{
    World world;
    world.write(entry("input", "unchanged.so:every_third", "frequency = 0.05") +
                entry("output", "tick.so:sequence", "after = [\"input\"]"));
    const auto host = world.start();
    world.wait_for("input", 5);
    CHECK(host->stop(SIGTERM) == 0);
    const uint64_t inputs = world.sequence("input"), outputs = world.sequence("output");
    // Two that share a commit make one invocation, and the last one may have come too late to be followed.
    CHECK(outputs <= inputs);
    CHECK(outputs >= 2);
    const Json output = world.reading("output");
    CHECK(output["state"] == "fresh");
    // Its due time is the moment at which an input was there.
    CHECK(output["due"].get<std::string>() > world.history("input").back()["finished"].get<std::string>());
}

TEST_CASE("inputs that are committed together make one invocation")
{
    World world;
    const std::string together = "frequency = 0.5\nalign = true\non_start = \"never\"";
    world.write(entry("a", "tick.so:tick", together) + entry("b", "tick.so:tick", together) +
                    entry("sum", "tick.so:sequence", "after = [\"a\", \"b\"]"),
                "commit_interval = 0.1");
    const auto host = world.start();
    world.wait_for("sum", 4);
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.sequence("sum") <= world.sequence("a"));
}

TEST_CASE("a failing input makes nothing due")
{
    World world;
    world.write(entry("input", "tick.so:fails", "frequency = 0.05") +
                entry("output", "tick.so:sequence", "after = [\"input\"]"));
    const auto host = world.start();
    world.wait_for_errors("input", 5);
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.sequence("output") == 0);
}

TEST_CASE("aligned runs are due at whole multiples of their frequency")
{
    World world;
    world.write(entry("tick", "tick.so:tick", "frequency = 0.25\nalign = true\non_start = \"never\""));
    const auto host = world.start();
    world.wait_for("tick", 4);
    for (const Json& value : world.history("tick")) {
        const std::string fraction = value["due"].get<std::string>().substr(19);
        CAPTURE(fraction);
        const bool is_multiple = fraction == ".000000000Z" || fraction == ".250000000Z" || fraction == ".500000000Z" ||
                                 fraction == ".750000000Z";
        CHECK(is_multiple);
        CHECK(value["started"].get<std::string>() >= value["due"].get<std::string>());
    }
}

TEST_CASE("list tells the next due time of a cron line, and by what each function runs")
{
    World world;
    world.write(entry("nightly", "tick.so:tick", "cron = \"30 2 * * *\"\ntimezone = \"Asia/Tokyo\"") +
                entry("report", "tick.so:tick", "after = [\"nightly\"]\non_start = \"never\"") +
                entry("aligned", "tick.so:tick", "frequency = 3600\nalign = true"));
    const auto host = world.start();
    world.wait_for("nightly", 1);  // there was no value
    const Json nightly = listed(world, "nightly");
    CHECK(nightly["next_due"].get<std::string>().substr(10) == "T17:30:00.000000000Z");
    CHECK(nightly["cron"] == "30 2 * * *");
    CHECK(nightly["timezone"] == "Asia/Tokyo");
    CHECK(nightly["frequency"] == nullptr);
    CHECK(listed(world, "aligned")["next_due"].get<std::string>().substr(13) == ":00:00.000000000Z");
    const Json report = listed(world, "report");
    CHECK(report["next_due"] == nullptr);
    CHECK(report["after"] == Json::array({"nightly"}));
    CHECK(has(world.run({"list"}).out, "after nightly"));
    // Its value is fresh until the second time from now: a day and some.
    const Json value = world.reading("nightly");
    CHECK(value["state"] == "fresh");
}

TEST_CASE("with overlap = queue a due time that finds its function running is run after it")
{
    World world;
    world.write(entry("slow", "hangs.so:briefly", "frequency = 0.2\nargs = [0.25]\noverlap = \"queue\""));
    const auto host = world.start();
    world.wait_for("slow", 5);
    CHECK(host->stop(SIGTERM) == 0);
    const auto seconds = [](const Json& value) { return std::stod(value["due"].get<std::string>().substr(17, 12)); };
    const auto values = world.history("slow");
    // Skipping would leave two frequencies between any two.
    int neighbours = 0;
    for (size_t i = 1; i < values.size(); ++i) {
        const double apart = std::fmod(seconds(values[i - 1]) - seconds(values[i]) + 60, 60);
        if (apart > 0.19 && apart < 0.21) ++neighbours;
    }
    CHECK(neighbours >= 1);
}

TEST_CASE("plan tells what comes, from the run times that were measured, and whether the workers suffice")
{
    World world;
    world.write(entry("brief", "hangs.so:briefly", "frequency = 1\nargs = [0.1]") +
                entry("follower", "tick.so:tick", "after = [\"brief\"]") +
                entry("nightly", "tick.so:tick", "cron = \"0 0 * * *\"\non_start = \"never\""));
    const auto host = world.start({"--workers", "3"});
    world.wait_for("follower", 2);
    const Json plan = world.run({"plan", "--for", "1m", "--json"}).json();
    CHECK(plan["workers"] == 3);
    CHECK(plan["functions"] == 3);
    CHECK(plan["runs"].get<int>() >= 118);
    CHECK(plan["runs"].get<int>() <= 122);
    CHECK(plan["utilisation"].get<double>() > 0.02);
    CHECK(plan["suffices"] == true);
    CHECK(plan["unmeasured"] == Json::array({"nightly"}));
    CHECK(plan["timeline"][0]["name"] == "brief");
    CHECK(plan["timeline"][0]["takes"].get<double>() >= 0.1);
    CHECK(plan["timeline"][1]["name"] == "follower");
    const std::string text = world.run({"plan", "--for", "1d", "-n", "3"}).out;
    CHECK(has(text, "they suffice"));
    CHECK(has(text, "more: -n says how many"));
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(has(world.run({"plan"}).out, "none is running"));
    // Of more than one day, each line says which.
    const std::string days = world.run({"plan", "--for", "2d", "-n", "1"}).out;
    const std::string year = world.run({"plan", "--json"}).json()["from"].get<std::string>().substr(0, 5);
    CHECK(has(days, "\n" + year));
    CHECK(has(days, "in the second from " + year));
    const Done wrong = world.run({"plan", "--for", "soon"});
    CHECK(wrong.code == 2);
    CHECK(has(wrong.err, "a time is wanted, such as 90s, 30m, 1h or 2d, not \"soon\""));
}

TEST_CASE("a reload gives functions inputs, a cron line or the clock's multiples, and takes them away")
{
    const std::string input = entry("input", "tick.so:tick", "frequency = 0.1");
    const std::string quiet = "watch = false";
    World world;
    world.write(input + entry("other", "tick.so:sequence", "frequency = 3600\non_start = \"never\""), quiet);
    const auto host = world.start();
    world.wait_for("input", 1);
    CHECK(world.sequence("other") == 0);
    const auto reload = [&](const std::string& lines) {
        world.write(input + entry("other", "tick.so:sequence", lines), quiet);
        return world.run({"reload"});
    };
    CHECK(reload("after = [\"input\"]").out == "~ other\n");
    world.wait_for("other", 3);
    CHECK(world.reading("other")["state"] == "fresh");
    CHECK(listed(world, "other")["frequency"] == nullptr);

    CHECK(reload("frequency = 0.25\nalign = true").code == 0);
    world.wait_for("other", world.sequence("other") + 2);
    const std::string fraction = world.reading("other")["due"].get<std::string>().substr(20);
    CHECK(std::stoi(fraction) % 250'000'000 == 0);

    CHECK(reload("cron = \"0 0 1 1 *\"").code == 0);
    const uint64_t last = world.sequence("other");
    world.wait_for("input", world.sequence("input") + 5);
    CHECK(world.sequence("other") <= last + 1);  // one may have been under way
    CHECK(has(listed(world, "other")["next_due"].get<std::string>(), "-01-01T00:00:00.000000000Z"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("--workers 0 is the number of cores, at least 4, whatever the manifest says")
{
    World world;
    world.write(entry("tick", "tick.so:tick"), "workers = 1");
    const auto host = world.start({"--workers", "0"});
    world.wait_for("tick", 1);
    CHECK(world.status()["workers"].get<int>() >= 4);
    CHECK(host->stop(SIGTERM) == 0);
}
