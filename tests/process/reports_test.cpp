// SPDX-License-Identifier: BSD-3-Clause
//
// Error reports and a function's words where people meet them: `errors`, the log, `list`.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <sstream>

#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("the errors of all functions come newest first, and -n bounds the whole")
{
    World world;
    world.write(
        "[functions.a]\nfunction = \"tick.so:fails\"\nretry = { attempts = 2, delay = 0.3 }\n"
        "[functions.b]\nfunction = \"tick.so:fails\"\nretry = { attempts = 2, delay = 0.1 }\n");
    CHECK(world.once().code == 1);
    const auto all = world.run({"errors", "--json"}).json_lines();
    REQUIRE(all.size() == 6);
    std::vector<std::string> times, names;
    for (const Json& report : all) {
        times.push_back(report["finished"]);
        names.push_back(report["name"]);
    }
    CHECK(std::ranges::is_sorted(times, std::greater()));
    CHECK_FALSE(std::ranges::is_sorted(names));
    const auto two = world.run({"errors", "--json", "-n", "2"}).json_lines();
    REQUIRE(two.size() == 2);
    CHECK(two[0] == all[0]);
    CHECK(two[1] == all[1]);
    const std::string table = world.run({"errors", "-n", "2"}).out;
    CHECK(std::count(table.begin(), table.end(), '\n') == 3);
}

TEST_CASE("what a function says in the log cannot look like a field, numbers are numbers, long texts are cut")
{
    World world;
    const std::string text(2000, 'x');
    world.write(entry("logs", "tick.so:logs") +
                entry("long", shipped_plugin("libfile.so").string() + ":words", "args = [\"" + text + "\"]"));
    const auto run = [&](const char* format) {
        return world
            .run_program(program("run_dumbwaiter"),
                         {"--manifest", world.manifest().string(), "--once", "--log-format", format})
            .err;
    };
    const std::string lines = run("text");
    CHECK_MESSAGE(has(lines, "plugin: says name=logs text=\"an info line"), lines);
    CHECK_MESSAGE(has(lines, "xxx... ("), lines);
    CHECK_FALSE(has(lines, std::string(501, 'x')));
    std::istringstream json(run("json"));
    bool is_seen = false;
    for (std::string line; std::getline(json, line);) {
        const Json event = Json::parse(line, nullptr, false);
        REQUIRE_MESSAGE(event.is_object(), line);
        if (event.contains("pid")) is_seen = event["pid"].is_number() && event["functions"] == 2;
    }
    CHECK(is_seen);
}

TEST_CASE("a due time is the same whoever asks, and a name that left the manifest is promised none")
{
    World world;
    const std::string stays = "[functions.stays]\nfunction = \"tick.so:tick\"\nfrequency = 3600\n";
    const std::string goes = "[functions.goes]\nfunction = \"tick.so:tick\"\nfrequency = 3600\n";
    const auto row = [&](const char* name) {
        for (const Json& each : world.run({"list", "--json"}).json_lines()) {
            if (each["name"] == name) return each;
        }
        return Json();
    };
    const auto known = [&](const char* name, bool in_manifest) {
        const Json now = row(name);
        return now.is_object() && now["function"].is_string() && now["in_manifest"] == in_manifest;
    };
    world.write(stays + goes);
    auto host = world.start();
    until([&] { return known("goes", true); }, "the host does not tell of it");
    world.wait_for("stays", 1);
    const Json due = row("stays")["next_due"];
    CHECK(due.is_string());
    CHECK(row("goes")["next_due"].is_string());
    for (int again = 0; again < 5; ++again) CHECK(row("stays")["next_due"] == due);
    CHECK(host->stop(SIGTERM) == 0);

    world.write(stays);
    host = world.start();
    until([&] { return known("goes", false); }, "the host does not tell that it left");
    CHECK(row("goes")["next_due"].is_null());
    CHECK(row("goes")["sequence"] == 1);
    until([&] { return row("stays")["next_due"].is_string(); }, "what stays is not due");
    CHECK(host->stop(SIGTERM) == 0);

    world.write(stays + goes);
    host = world.start();
    until([&] { return known("goes", true); }, "the host does not tell that it is back");
    CHECK(row("goes")["next_due"].is_string());
    CHECK(host->stop(SIGTERM) == 0);
}
