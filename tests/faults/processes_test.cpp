// SPDX-License-Identifier: BSD-3-Clause
//
// F32: a library that starts processes without end, in sessions of their own.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include "processes.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("F32: what a library starts is bounded, and gone with its child")
{
    Row row("F32", "fork bomb, daemons");
    constexpr size_t kLimit = 20;
    Durations gone;
    for (int i = 0; i < tries(3, 30); ++i) {
        World world;
        world.write(entry("bomb", "litters.so:forks_on", "args = [200]\nfrequency = 30000000\non_start = \"always\"") +
                        entry("daemon", "deaths.so:starts_daemon", "frequency = 30000000\non_start = \"always\"") +
                        entry("tick", "tick.so:tick", "frequency = 0.2\non_start = \"always\"") +
                        fmt::format("[library.\"litters.so\"]\nprocesses = {}\n", kLimit),
                    "durability = \"volatile\"\nshutdown_grace = 0.2");
        const auto host = world.start();
        world.wait_for("daemon", 1);
        until([&] { return world.sequence("bomb") == 1 || !world.errors("bomb").empty(); }, "the bomb does not end");
        if (!world.errors("bomb").empty() && has(world.errors("bomb").front()["text"], "cannot be held")) {
            return row.skip(world.errors("bomb").front()["text"]);
        }
        row.attempt([&] {
            const uint64_t forks = world.reading("bomb")["value"];
            CHECK(forks >= 1);
            CHECK(forks <= kLimit);
            Json child;
            until(
                [&] {
                    const Json status = world.status();
                    child = status["children"][0]["pid"];
                    return !child.is_null();
                },
                "status tells no pid");
            const std::set<int> below = family(child.get<int>());
            CHECK(below.size() <= kLimit);
            const Stopwatch since;
            kill(child.get<int>(), SIGKILL);
            until([&] { return !any_is_there(below); }, "its processes outlive it");
            gone.add(since.ms());
            const int daemon = world.reading("daemon")["value"];
            CHECK(any_lives({daemon}));
            world.wait_for("tick", world.sequence("tick") + 2);
            const std::set<int> all = family(host->pid());
            CHECK(host->stop(SIGTERM) == 0);
            CHECK_FALSE(any_lives(all));
        });
    }
    CHECK(gone.quantile(1) < 5000);
    row.figure(gone.text("all gone after their child's death"));
}
