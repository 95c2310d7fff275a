// SPDX-License-Identifier: BSD-3-Clause
//
// A manifest that changes under a running host: what is taken over as a whole, and what is not.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>

#include "live_changes.hpp"

using namespace dumbwaiter::test;

TEST_CASE("a reload starts what is new, stops what is gone, and leaves the rest alone")
{
    World world;
    world.write(kTick + entry("gone", "tick.so:sequence", "frequency = 0.05"), kUnwatched);
    const auto host = started(world);
    world.wait_for("tick", 3);
    world.write(kTick + entry("fresh", "echo.so:echo", "frequency = 0.05") +
                    entry("beside", "tick.so:tick", "frequency = 0.05"),
                kUnwatched);
    const Done diff = world.run({"check", "--diff"});
    CHECK(diff.code == 0);
    CHECK(diff.out == "+ beside\n+ fresh\n- gone\n");
    CHECK(world.reading("fresh").is_null());
    const Done done = reload(world);
    CHECK(done.code == 0);
    CHECK(done.out == diff.out);
    CHECK(reload(world).out == "nothing changes\n");
    world.wait_for("fresh", 2);
    world.wait_for("beside", 2);
    const uint64_t last = world.sequence("gone");
    world.wait_for("tick", world.sequence("tick") + 5);
    CHECK(world.sequence("gone") == last);
    CHECK(counts_on(world, "tick"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a manifest at fault changes nothing, and says where the fault is")
{
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    world.wait_for("tick", 2);
    world.write(kTick + entry("bad", "tick.so:tock"), kUnwatched);
    const Done done = reload(world);
    CHECK(done.code == 2);
    CHECK(has(done.err, "dumbwaiter.toml:"));
    CHECK(has(done.err, "tock"));
    CHECK(!world.status()["manifest_fault"].is_null());
    const uint64_t before = world.sequence("tick");
    world.wait_for("tick", before + 3);
    CHECK(counts_on(world, "tick"));
    CHECK(has(host->log(), "refused"));
    world.write(kTick, kUnwatched);
    CHECK(reload(world).code == 0);
    CHECK(world.status()["manifest_fault"].is_null());
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("the store cannot be moved under a running host")
{
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    world.write_file("dumbwaiter.toml", "[dumbwaiter]\nstore = \"elsewhere\"\nplugin_path = [\"" +
                                            test_plugin("tick.so").parent_path().string() + "\"]\n" + kUnwatched +
                                            kTick);
    const Done done = reload(world);
    CHECK(done.code == 2);
    CHECK(has(done.err, "restart"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("of a manifest that cannot be read it is said where it breaks off, and nothing of its store")
{
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    world.write(kTick + "[functions.bad\n", kUnwatched);
    const Done done = reload(world);
    CHECK(done.code == 2);
    CHECK_MESSAGE(has(done.err, "dumbwaiter.toml:11:"), done.err);
    CHECK_FALSE(has(done.err, "store"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("SIGHUP takes over a changed manifest, and so does the watcher by itself")
{
    for (const bool is_watched : {false, true}) {
        CAPTURE(is_watched);
        World world;
        world.write(kTick, is_watched ? kSettings : kUnwatched);
        const auto host = started(world);
        world.write(kTick + entry("fresh", "echo.so:echo", "frequency = 0.05"), is_watched ? kSettings : kUnwatched);
        if (!is_watched) host->send(SIGHUP);
        world.wait_for("fresh", 1);
        CHECK(host->stop(SIGTERM) == 0);
    }
}

TEST_CASE("watch is taken over by a reload as well")
{
    namespace fs = std::filesystem;
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    const auto is_watching = [&] {
        std::error_code error;
        const fs::path folder = "/proc/" + std::to_string(host->pid()) + "/fd";
        return std::ranges::any_of(fs::directory_iterator(folder), [&](const fs::directory_entry& descriptor) {
            return fs::read_symlink(descriptor.path(), error).string().find("inotify") != std::string::npos;
        });
    };
    CHECK_FALSE(is_watching());
    world.write(kTick, kSettings + "watch = true\n");
    CHECK(reload(world).code == 0);
    until(is_watching, "nothing is watched");
    world.write(kTick + entry("second", "tick.so:tick", "frequency = 0.05"), kSettings);
    world.wait_for("second", 1);
    world.write(kTick, kUnwatched);
    until([&] { return !is_watching(); }, "it is watched still");
    CHECK(host->stop(SIGTERM) == 0);
}
