// SPDX-License-Identifier: BSD-3-Clause
//
// What a running host takes over although something is wrong, and what it does not.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "live_changes.hpp"

using namespace dumbwaiter::test;

namespace {

std::string version(const std::string& isolation, const std::string& more = "")
{
    return entry("v", "./dropped/version.so:version", "frequency = 0.05\nisolation = \"" + isolation + "\"\n" + more);
}

bool runs_on(World& world, const std::string& name)
{
    world.wait_for(name, world.sequence(name) + 3);
    return world.errors(name).empty();
}

}  // namespace

TEST_CASE("a broken library does not hold up the rest of the manifest, and what ran of it before runs on")
{
    struct Break {
        const char* what;
        std::function<void(World&)> carry_out;
    };
    const Break breaks[] = {
        {"no library", [](World& world) { world.write_file("dropped/version.so", "this is no library"); }},
        {"without the symbol", [](World& world) { put_library(world, "echo.so", "dropped/version.so"); }},
        {"does not load", [](World& world) { put_library(world, "missing_dependency.so", "dropped/version.so"); }},
        {"gone", [](World& world) { std::filesystem::remove(world.root() / "dropped/version.so"); }},
    };
    for (const char* isolation : {"process", "thread"}) {
        for (const Break& one : breaks) {
            CAPTURE(isolation);
            CAPTURE(one.what);
            World world;
            put_library(world, "version_1.so", "dropped/version.so");
            world.write(kTick + version(isolation), kUnwatched);
            const auto host = started(world);
            world.wait_for("v", 1);
            one.carry_out(world);
            world.write(kTick + version(isolation) + entry("fresh", "echo.so:echo", "frequency = 0.05"), kUnwatched);
            const Done diff = world.run({"check", "--diff"});
            CHECK(diff.code == 1);
            CHECK(diff.out == "+ fresh\n");
            const Done done = reload(world);
            CHECK(done.code == 1);
            CHECK(done.out == "+ fresh\n");
            CHECK(has(done.err, "version.so"));
            world.wait_for("fresh", 2);
            CHECK(runs_on(world, "v"));
            CHECK(world.reading("v")["value"] == 1);
            CHECK(counts_on(world, "tick"));
            CHECK(!world.status()["manifest_fault"].is_null());
            CHECK(has(world.run({"status"}).out, "version.so"));
            CHECK(has(host->log(), "a library is refused"));
            // When it changes is no matter of its code.
            world.write(kTick + version(isolation, "max_saved = 3"), kUnwatched);
            CHECK(reload(world).out == "- fresh\n~ v\n");
            put_library(world, "version_2.so", "dropped/version.so");
            CHECK(reload(world).code == 0);
            until([&] { return world.reading("v")["value"] == 2; }, "the new version did not take over");
            CHECK(world.status()["manifest_fault"].is_null());
            CHECK(host->stop(SIGTERM) == 0);
        }
    }
}

TEST_CASE("a manifest that newly needs something of a broken library changes nothing")
{
    World world;
    put_library(world, "version_1.so", "dropped/version.so");
    world.write(kTick + version("process"), kUnwatched);
    const auto host = started(world);
    world.wait_for("v", 1);
    const std::string manifests[] = {
        kTick + version("process") + entry("fresh", "echo.so:echo") + entry("w", "./dropped/version.so:version"),
        kTick + version("thread") + entry("fresh", "echo.so:echo"),
        kTick + version("process", "args = [1]") + entry("fresh", "echo.so:echo"),
        kTick + version("process") + entry("fresh", "echo.so:echo") +
            "[library.\"./dropped/version.so\"]\nopen_files = 64\n",
        kTick + version("process") + entry("fresh", "echo.so:echo") +
            "[library.\"./dropped/version.so\"]\nsha256 = \"" + std::string(64, 'a') + "\"\n",
        kTick + version("process") + entry("fresh", "echo.so:echo") + entry("bad", "tick.so:tock"),
    };
    world.write_file("dropped/version.so", "this is no library");
    for (const std::string& manifest : manifests) {
        CAPTURE(manifest);
        world.write(manifest, kUnwatched);
        const Done done = reload(world);
        CHECK(done.code == 2);
        CHECK(done.out == "");
        CHECK(has(done.err, "version.so"));
    }
    CHECK(world.reading("fresh").is_null());
    CHECK(runs_on(world, "v"));
    CHECK(world.reading("v")["value"] == 1);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("of a group, what is new runs although a library of the group is broken")
{
    World world;
    put_library(world, "version_1.so", "dropped/version.so");
    const std::string group = "group = \"g\"\n";
    world.write(kTick + version("process", group), kUnwatched);
    const auto host = started(world);
    world.wait_for("v", 1);
    world.write_file("dropped/version.so", "this is no library");
    world.write(kTick + version("process", group) + entry("fresh", "echo.so:echo", "frequency = 0.05\n" + group),
                kUnwatched);
    CHECK(reload(world).code == 1);
    world.wait_for("fresh", 2);
    CHECK(world.errors("fresh").empty());
    CHECK(runs_on(world, "v"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a manifest with nothing to run is refused by the watcher, and taken from who asks for it")
{
    for (const bool by_signal : {false, true}) {
        CAPTURE(by_signal);
        World world;
        world.write(kTick, kSettings);
        const auto host = started(world);
        world.wait_for("tick", 2);
        world.write("", kSettings);
        host->wait_for_log("there is no function to run");
        CHECK(runs_on(world, "tick"));
        if (by_signal) {
            host->send(SIGHUP);
        } else {
            const Done done = reload(world);
            CHECK(done.code == 0);
            CHECK(done.out == "- tick\n");
        }
        until([&] { return world.status()["functions"] == 0; }, "it was not taken over");
        until([&] { return world.status()["manifest_fault"].is_null(); }, "status tells of a fault");
        const uint64_t last = world.sequence("tick");
        world.write(entry("other", "tick.so:tick", "frequency = 0.05"), kSettings);
        world.wait_for("other", 5);
        CHECK(world.sequence("tick") == last);
        CHECK(host->stop(SIGTERM) == 0);
    }
}

TEST_CASE("a manifest whose functions are all disabled is taken from who asks for it")
{
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    world.wait_for("tick", 2);
    world.write(entry("tick", "tick.so:tick", "enabled = false\nargs = [1]"), kUnwatched);
    CHECK(reload(world).out == "~ tick\n");
    world.write(kTick, kUnwatched);
    CHECK(reload(world).out == "~ tick\n");
    world.wait_for("tick", world.sequence("tick") + 2);
    CHECK(host->stop(SIGTERM) == 0);
}
