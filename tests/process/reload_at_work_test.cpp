// SPDX-License-Identifier: BSD-3-Clause
//
// What runs, hangs or is asked for while a reload comes, and the libraries and children that it is in.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <dumbwaiter/reader.hpp>
#include <string>
#include <thread>

#include "live_changes.hpp"

using namespace dumbwaiter::test;

TEST_CASE("a library that is replaced takes over by itself, and a broken one does not")
{
    for (const char* isolation : {"process", "thread"}) {
        CAPTURE(isolation);
        World world;
        put_library(world, "version_1.so", "dropped/version.so");
        const std::string function = entry("v", "./dropped/version.so:version",
                                           "frequency = 0.05\nisolation = \"" + std::string(isolation) + "\"");
        world.write(kTick + function, kSettings);
        const auto host = started(world);
        world.wait_for("v", 1);
        CHECK(world.reading("v")["value"] == 1);
        put_library(world, "version_2.so", "dropped/version.so");
        until([&] { return world.reading("v")["value"] == 2; }, "the new version did not take over");
        world.write_file("dropped/version.so", "this is no library");
        until([&] { return !world.status()["manifest_fault"].is_null(); }, "the refusal does not show in status");
        const uint64_t before = world.sequence("v");
        world.wait_for("v", before + 3);
        CHECK(world.reading("v")["value"] == 2);
        CHECK(world.errors("v").empty());
        CHECK(counts_on(world, "tick"));
        CHECK(host->stop(SIGTERM) == 0);
    }
}

TEST_CASE("a function that hangs does not keep its new version from running")
{
    World world;
    world.write(kTick + entry("f", "hangs.so:forever", "frequency = 0.05"), kUnwatched + "shutdown_grace = 0.2\n");
    const auto host = started(world);
    until([&] { return has(world.run({"status", "--json"}).out, "\"stuck\":[{"); }, "it does not hang");
    world.write(kTick + entry("f", "echo.so:echo", "frequency = 0.05"), kUnwatched + "shutdown_grace = 0.2\n");
    CHECK(reload(world).out == "~ f\n");
    world.wait_for("f", 2);
    until([&] { return world.status()["children"].size() == 2; }, "the old child is still there");
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("what is asked of a function between a reload and its coming home holds")
{
    World world;
    const std::string slow = "tick.so:slow_tick";
    const std::string other = entry("other", "tick.so:tick", "frequency = 0.05\nisolation = \"thread\"");
    const auto f = [&](const std::string& more) { return other + entry("f", slow, "frequency = 0.5\n" + more); };
    world.write(f(""), kUnwatched);
    const auto host = started(world);
    world.wait_for("f", 1);
    // Two reloads during one invocation: the second one finds the new code in its place already.
    for (int i = 0; i < 3; ++i) {
        world.run({"refresh", "f"});
        world.write(f("isolation = \"thread\""), kUnwatched);
        reload(world);
        world.write(f("isolation = \"thread\"\nmax_saved = 5"), kUnwatched);
        reload(world);
        world.wait_for("f", world.sequence("f") + 2);
        world.write(f(""), kUnwatched);
        reload(world);
    }
    // A pause that comes then.
    world.write(f("timeout = 20"), kUnwatched);
    reload(world);
    CHECK(world.run({"pause", "f"}).code == 0);
    world.wait_for("other", world.sequence("other") + 10);
    const uint64_t held = world.sequence("f");
    world.wait_for("other", world.sequence("other") + 25);
    CHECK(world.sequence("f") == held);
    // And a resume.
    std::thread refresh([&] {
        dumbwaiter::Reader(world.store().string()).get_fresh("f", std::chrono::seconds(0), std::chrono::seconds(20));
    });
    world.write(f("timeout = 21"), kUnwatched);
    reload(world);
    CHECK(world.run({"resume", "f"}).code == 0);
    refresh.join();
    world.wait_for("f", held + 3);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("an input that comes while its follower is being changed is not lost")
{
    World world;
    const auto text = [&](const std::string& more) {
        return entry("a", "tick.so:tick", "frequency = 3600\non_start = \"always\"") +
               entry("f", "tick.so:slow_tick", "after = [\"a\"]\n" + more);
    };
    world.write(text(""), kUnwatched);
    const auto host = started(world);
    world.wait_for("f", 1);
    for (int i = 0; i < 3; ++i) {
        const uint64_t before = world.sequence("f");
        world.run({"refresh", "a"});  // f runs now
        world.write(text("timeout = " + std::to_string(10 + i)), kUnwatched);
        reload(world);
        world.run({"refresh", "a"});
        world.wait_for("f", before + 2);
    }
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("functions of one library that were changed one by one end up in few children")
{
    World world;
    const auto text = [](int changed) {
        std::string all;
        for (int i = 0; i < 12; ++i) {
            all += entry("f" + std::to_string(i), "echo.so:echo",
                         "frequency = 0.1\nargs = [" + std::to_string(i <= changed) + "]");
        }
        return all;
    };
    world.write(text(-1), kUnwatched + "shutdown_grace = 0.1\n");
    const auto host = started(world);
    for (int i = 0; i < 12; ++i) {
        world.write(text(i), kUnwatched + "shutdown_grace = 0.1\n");
        CHECK(reload(world).out == "~ f" + std::to_string(i) + "\n");
    }
    until([&] { return world.status()["children"].size() <= 5; }, "there are too many children");
    CHECK(host->stop(SIGTERM) == 0);
}
