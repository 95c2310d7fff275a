// SPDX-License-Identifier: BSD-3-Clause
//
// F15: a store has one host.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("F15: a second host on a store is refused with the first one's pid, which notices nothing")
{
    Row row("F15", "a second host on the same store");
    World world;
    world.write(entry("tick", "tick.so:tick", "frequency = 0.1\non_start = \"always\""), "durability = \"volatile\"");
    const auto host = world.start();
    world.wait_for("tick", 1);
    const std::string pid = fmt::format("{}", host->pid());
    Durations refusals;
    for (int i = 0; i < tries(20, 100); ++i) {
        row.attempt([&] {
            const Stopwatch refusal;
            const Done second = world.run({"run", "--manifest", world.manifest().string()});
            refusals.add(refusal.ms());
            CHECK(second.code == 3);
            CHECK_MESSAGE(has(second.err, pid), second.err);
        });
    }
    world.wait_for("tick", world.sequence("tick") + 2);
    // Its static data was never made anew, and nobody else wrote.
    const Json reading = world.reading("tick");
    CHECK(reading["value"] == reading["sequence"]);
    CHECK(world.errors("tick").empty());
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(refusals.quantile(1) < 5000);
    row.figure(refusals.text("refused after (with the trial of the library)"));
}
