// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of the manifest that run after functions that are dropped in.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "live_changes.hpp"

using namespace dumbwaiter::test;
namespace fs = std::filesystem;

namespace {

void write(World& world, const std::string& functions, const std::string& settings)
{
    world.write_file("dumbwaiter.toml", "[dumbwaiter]\nstore = \"store\"\nplugin_path = [\"plugins\"]\n" + settings +
                                            "[autoload]\nenabled = true\n" + functions);
}

// The functions of the manifest, from a folder that is not looked through.
std::string functions()
{
    const std::string tick = test_plugin("tick.so").string() + ":tick";
    return entry("follower", tick, "after = [\"libx.beat\"]") + entry("beside", tick, "frequency = 0.05");
}

bool is_told(World& world)
{
    return has(world.run({"status"}).out, "follower runs after \"libx.beat\", and no function of that name is here");
}

// Nothing makes it due any more, however often something else runs meanwhile.
void check_rest(World& world)
{
    world.wait_for("beside", world.sequence("beside") + 3);  // what was on its way has come home
    const uint64_t before = world.sequence("follower");
    world.wait_for("beside", world.sequence("beside") + 10);
    CHECK(world.sequence("follower") == before);
}

}  // namespace

TEST_CASE("a function runs after one that is dropped in, rests while that is taken away, and runs after its return")
{
    World world;
    put_library(world, "drop_in_1.so", "plugins/libx.so");
    write(world, functions(), kSettings);
    const auto host = started(world);
    world.wait_for("follower", 3);
    CHECK_FALSE(is_told(world));
    fs::remove(world.root() / "plugins/libx.so");
    until([&] { return is_told(world); }, "status does not tell");
    CHECK(has(host->log(), "dumbwaiter.toml:10:10: follower runs after \"libx.beat\""));
    CHECK(is_in_manifest(world, "follower"));
    CHECK(world.errors("follower").empty());
    CHECK(world.run({"plan"}).code == 0);
    check_rest(world);
    CHECK(world.run({"refresh", "follower"}).code == 0);
    const uint64_t before = world.sequence("follower");
    put_library(world, "drop_in_2.so", "plugins/libx.so");
    world.wait_for("follower", before + 3);
    until([&] { return !is_told(world); }, "status tells of what is there again");
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a host starts without the function that another runs after, and takes it up when it comes")
{
    World world;
    write(world, functions(), kUnwatched);
    const Done check = world.run({"check"});
    CHECK(check.code == 0);
    CHECK(has(check.err, "follower runs after \"libx.beat\", and no function of that name is here"));
    CHECK(world.once().code == 0);
    const auto host = started(world);
    check_rest(world);
    put_library(world, "drop_in_1.so", "plugins/libx.so");
    const uint64_t before = world.sequence("follower");
    const Done come = reload(world);
    CHECK(come.code == 0);
    CHECK(has(come.out, "+ libx.beat\n"));
    CHECK_FALSE(has(come.out, "follower"));
    world.wait_for("follower", before + 3);
    // A broken version is told of as such: what ran before runs on, and so does what runs after it.
    world.write_file("plugins/libx.so", "this is no library");
    const Done broken = reload(world);
    CHECK(broken.code == 1);
    CHECK_FALSE(has(broken.err, "no function of that name"));
    world.wait_for("follower", world.sequence("follower") + 3);
    CHECK(host->stop(SIGTERM) == 0);
}
