// SPDX-License-Identifier: BSD-3-Clause
//
// F42: a library that floods its stderr.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include "processes.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("F42: of a flood on stderr a little is kept, and nobody waits for it")
{
    const int mebibytes = tries(128, 1024);
    Row row("F42", "a flood of stderr");
    World world;
    world.write(entry("floods", "litters.so:floods",
                      fmt::format("args = [{}]\nfrequency = 30000000\non_start = \"always\"", mebibytes)) +
                    entry("tick", "tick.so:tick", "frequency = 0.1\non_start = \"always\"\nmax_saved = 10000"),
                "durability = \"volatile\"");
    const auto host = world.start();
    world.wait_for("tick", 1);
    Durations ticks;
    const Stopwatch flood;
    row.attempt([&] {
        while (world.sequence("floods") == 0) {
            const Stopwatch tick;
            world.wait_for("tick", world.sequence("tick") + 1);
            ticks.add(tick.ms());
            REQUIRE(flood.ms() < 300'000);
        }
    });
    const double took = flood.ms() / 1000;
    const size_t kept = host->log().size();
    CHECK(kept <= 96 * 1024);
    CHECK(ticks.quantile(1) < 5000);
    const uint64_t resident = most_resident_bytes(host->pid());
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(has(host->log(), "the rest was dropped"));
    row.figure(fmt::format("{} MiB in {:.1f} s, {} KiB of log, host at most {} MiB", mebibytes, took, kept / 1024,
                           resident >> 20));
    row.figure(ticks.text("tick of 100 ms meanwhile"));
}
