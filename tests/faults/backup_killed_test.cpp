// SPDX-License-Identifier: BSD-3-Clause
//
// F04: a backup ends at any instant while the host goes on writing. A copy of that name is whole, or not there.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

namespace fs = std::filesystem;

std::set<fs::path> partial_copies(const World& world)
{
    std::set<fs::path> found;
    for (const auto& entry : fs::directory_iterator(world.root())) {
        if (entry.path().filename().string().starts_with(".copy.partial-")) found.insert(entry.path());
    }
    return found;
}

}  // namespace

TEST_CASE("F04: kill -9 of a backup never leaves a part of a copy under the name of a copy")
{
    Row row("F04", "kill -9 during a backup");
    World world;
    world.write(entry("large", "too_large.so:string", "frequency = 0.1\nmax_saved = 10\n") +
                    entry("tick", "tick.so:sequence", "frequency = 0.01\nmax_saved = 1000\n") +
                    "[limits]\nresult_size = \"4MiB\"\n",
                "durability = \"volatile\"");
    const auto host = world.start();
    world.wait_for("large", 10);
    const fs::path copy = world.root() / "copy";
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE(world.run({"backup", "copy"}).code == 0);
    const auto whole_takes = std::chrono::steady_clock::now() - begun;
    fs::remove_all(copy);
    std::mt19937 chance(std::random_device{}());
    int half_way = 0, whole = 0;
    for (int i = 0; i < tries(20, 200); ++i) {
        row.attempt([&] {
            {
                const auto before = partial_copies(world);
                const auto backup = world.start({"backup", "copy"});
                while (backup->is_running() && partial_copies(world) == before) std::this_thread::yield();
                // Half of them at once, the rest at any instant that a backup takes here.
                if (i % 2 == 1) std::this_thread::sleep_for(whole_takes * (chance() % 1000) / 1000);
            }  // it is killed, unless it was faster
            ++(fs::exists(copy) ? whole : half_way);
            if (fs::exists(copy)) CHECK(world.run({"verify", "--store", copy.string()}).code == 0);
            fs::remove_all(copy);
        });
    }
    row.figure(fmt::format("{} of them half way, {} done before", half_way, whole));
    CHECK(half_way > 0);
    // Those whose process has not ended yet are left to a later one.
    until(
        [&] {
            fs::remove_all(copy);
            return world.run({"backup", "copy"}).code == 0 && partial_copies(world).empty();
        },
        "what the killed backups left is still there");
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.run({"verify"}).code == 0);
}
