// SPDX-License-Identifier: BSD-3-Clause
//
// F35: threads that a library leaves behind, and destructors that would pull the ground from under them. There is no
// reload yet: what takes its place is a child that is ended and made again.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include "processes.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("F35: a library that leaves threads behind is ended without a crash, as often as it takes")
{
    Row row("F35", "threads left behind, destructors; children made again");
    for (const std::string isolation : {"process", "thread"}) {
        row.attempt([&] {
            World world;
            world.write(entry("stays", "stays.so:stays"), "isolation = \"" + isolation + "\"");
            const Done done = world.once();
            CHECK_MESSAGE(done.code == 0, isolation << ": " << done.err);
            CHECK_FALSE(has(done.err, "SIGABRT"));
            CHECK(world.reading("stays")["value"] == "here");
        });
    }
    const int restarts = tries(20, 400);
    World world;
    world.write(
        entry("hangs", "stays.so:hangs", "frequency = 0.01\non_start = \"always\"\ntimeout = 0.01\nmax_saved = 1"),
        "durability = \"volatile\"");
    const auto host = world.start();
    const auto ended = [&] {
        const auto errors = world.errors("hangs");
        return errors.empty() ? uint64_t{0} : errors.front()["sequence"].get<uint64_t>();
    };
    const auto reach = [&](uint64_t count) { until([&] { return ended() >= count; }, "children are not made again"); };
    reach(5);
    const uint64_t first = ended();
    const auto before = static_cast<double>(resident_bytes(host->pid()));
    for (int i = 0; i < restarts; i += 10) {
        row.attempt([&] { reach(first + static_cast<uint64_t>(i) + 10); }, 10);
    }
    const auto grown = (static_cast<double>(resident_bytes(host->pid())) - before) / restarts / 1024;
    CHECK(grown < 200);
    CHECK(world.errors("hangs").front()["outcome"] == "timed out");
    CHECK(host->stop(SIGTERM) == 0);
    row.figure(fmt::format("host grows {:.2f} KiB a restart", grown));
}
