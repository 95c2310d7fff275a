// SPDX-License-Identifier: BSD-3-Clause
//
// F30: a library that takes all memory that there is.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include "processes.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("F30: a library that leaks is bounded by its limit, and the host does not grow")
{
    Row row("F30", "leaks 1 GiB/s");
    World world;
    world.write(entry("leaks", "litters.so:leaks_memory", "frequency = 0.2\non_start = \"always\"") +
                    entry("tick", "tick.so:tick", "frequency = 0.25\non_start = \"always\"") +
                    "[library.\"litters.so\"]\nmemory = \"128MiB\"\n",
                "durability = \"volatile\"");
    const auto host = world.start();
    world.wait_for("tick", 2);
    world.wait_for_errors("leaks");
    const auto before = static_cast<int64_t>(resident_bytes(host->pid()));
    for (int i = 0; i < tries(5, 50); ++i) {
        row.attempt([&] {
            const uint64_t newest = world.errors("leaks").front()["sequence"];
            until([&] { return world.errors("leaks").front()["sequence"].get<uint64_t>() > newest; }, "no report came");
            CHECK_MESSAGE(has(world.errors("leaks").front()["text"], "memory = \"128MiB\""),
                          world.errors("leaks").front()["text"]);
            CHECK(world.errors("tick").empty());
        });
    }
    const auto after = static_cast<int64_t>(resident_bytes(host->pid()));
    CHECK(std::abs(after - before) < 20 << 20);
    const Json tick = world.reading("tick");
    CHECK(tick["value"] == tick["sequence"]);
    CHECK(host->stop(SIGTERM) == 0);
    row.figure(fmt::format("host {:.1f} MiB, {:+.2f} MiB", static_cast<double>(after) / (1 << 20),
                           static_cast<double>(after - before) / (1 << 20)));
}
