// SPDX-License-Identifier: BSD-3-Clause
//
// F33: a library that changes what it finds in its process.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("F33: what a function changes in its process, functions of other children and the host do not see")
{
    Row row("F33", "signals, folder, locale, umask, environment, rounding");
    World world;
    // One library in two children: only the process is between them.
    world.write(entry("changes", "surroundings.so:changes", "frequency = 0.1\non_start = \"always\"\ngroup = \"bad\"") +
                    entry("looks", "surroundings.so:looks", "frequency = 0.1\non_start = \"always\"") +
                    entry("beside", "surroundings.so:looks", "frequency = 0.1\non_start = \"always\"\ngroup = \"bad\""),
                "durability = \"volatile\"");
    const auto host = world.start();
    world.wait_for("looks", 1);
    const std::string defaults = world.reading("looks")["value"];
    CHECK(has(defaults, "alarm default, pipe ignored, blocked 0"));
    CHECK(has(defaults, "HARM none, rounding 0"));
    world.wait_for("changes", 3);
    for (int i = 0; i < tries(10, 100); ++i) {
        row.attempt([&] {
            world.wait_for("looks", world.sequence("looks") + 1);
            CHECK(world.reading("looks")["value"] == defaults);
            CHECK(world.errors("changes").empty());
        });
    }
    const std::string beside = world.reading("beside")["value"];
    row.figure(beside == defaults ? "its own child, too, finds defaults" : "its own child keeps the changes");
    // What it inherits was made anew from the spawner: a child that is made again finds the defaults.
    row.attempt([&] {
        const Json children = world.status()["children"];
        for (const Json& child : children) kill(child["pid"].get<int>(), SIGKILL);
        world.wait_for("looks", world.sequence("looks") + 2);
        CHECK(world.reading("looks")["value"] == defaults);
    });
    CHECK(host->stop(SIGTERM) == 0);
}
