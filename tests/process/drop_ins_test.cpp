// SPDX-License-Identifier: BSD-3-Clause
//
// Files of conf.d and libraries in plugin folders, which come, change and go under a running host.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "live_changes.hpp"

using namespace dumbwaiter::test;
namespace fs = std::filesystem;

namespace {

const std::string kEcho = "frequency = 0.05";

}  // namespace

TEST_CASE("check, run and the readers take conf.d for a part of the manifest, and errors stand at its places")
{
    World world;
    world.write(kTick, kUnwatched);
    fs::create_directory(world.root() / "conf.d");
    world.write_file("conf.d/more.toml", entry("more", "echo.so:echo", kEcho));
    const Done good = world.run({"check"});
    CHECK(good.code == 0);
    CHECK(has(good.out, "2 functions"));
    CHECK(world.once().code == 0);
    CHECK(world.run({"get", "more"}).code == 0);
    world.write_file("conf.d/a.toml", "\n[functions.a]\nfunction = \"echo.so:ehco\"\n");
    world.write_file("conf.d/b.toml", entry("more", "echo.so:echo") + "[dumbwaiter]\nstore = \"elsewhere\"\n");
    const Done bad = world.run({"check"});
    CHECK(bad.code == 2);
    CHECK(has(bad.err, "conf.d/more.toml:1:12: \"more\" is there already, at "));
    CHECK(has(bad.err, "conf.d/b.toml:4:2: [dumbwaiter] is for the whole host"));
    CHECK(world.run({"get", "more"}).code == 0);  // the store is the manifest's to say
    world.write_file("conf.d/b.toml", "");
    const Done symbol = world.run({"check"});
    CHECK(symbol.code == 2);
    CHECK(has(symbol.err, "conf.d/a.toml:3:1: "));
    CHECK(has(symbol.err, "ehco"));
}

TEST_CASE("check --diff, reload and SIGHUP take conf.d over, and a fault there changes nothing")
{
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    world.wait_for("tick", 2);
    fs::create_directory(world.root() / "conf.d");
    world.write_file("conf.d/x.toml", entry("x", "echo.so:echo", kEcho));
    CHECK(world.run({"check", "--diff"}).out == "+ x\n");
    CHECK(reload(world).out == "+ x\n");
    world.wait_for("x", 1);
    world.write_file("conf.d/y.toml", "\n[functions.y]\nfunction = \"echo.so:echo\"\nfrequency = 0\n");
    const Done refused = reload(world);
    CHECK(refused.code == 2);
    CHECK(has(refused.err, "conf.d/y.toml:4:1: "));
    until([&] { return has(world.run({"status", "--json"}).out, "conf.d/y.toml:4:1: "); }, "status does not tell");
    world.write_file("conf.d/y.toml", entry("y", "echo.so:echo", kEcho));
    host->send(SIGHUP);
    world.wait_for("y", 1);
    fs::remove(world.root() / "conf.d/x.toml");
    CHECK(reload(world).out == "- x\n");
    CHECK(counts_on(world, "tick"));
    CHECK(has(world.run({"plan"}).out, "2 functions"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("the watcher takes over files of conf.d that are added, changed and removed, and a conf.d that is made later")
{
    World world;
    world.write(kTick, kSettings);
    const auto host = started(world);
    world.wait_for("tick", 2);
    fs::create_directory(world.root() / "conf.d");
    world.write_file("conf.d/x.toml", entry("x", "echo.so:echo", kEcho + "\nargs = [1]"));
    world.wait_for("x", 1);
    world.write_file("conf.d/x.toml", entry("x", "echo.so:echo", kEcho + "\nargs = [2]"));
    until([&] { return world.reading("x")["value"].dump().find('2') != std::string::npos; }, "the change is not there");
    fs::remove(world.root() / "conf.d/x.toml");
    until([&] { return !is_in_manifest(world, "x"); }, "it did not leave");
    CHECK(counts_on(world, "tick"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a library that is dropped in runs, a newer one takes over, and one that is taken away stops")
{
    World world;
    write_autoload(world, "", kSettings);
    const auto host = started(world);  // with nothing to run, and no folder yet
    put_library(world, "drop_in_1.so", "plugins/libx.so");
    world.wait_for("libx.beat", 2);
    world.wait_for("libx.old", 1);
    CHECK(world.reading("libx.beat")["value"] == 1);
    CHECK(world.reading("libx.beat")["state"] == "fresh");
    CHECK_FALSE(is_in_manifest(world, "libx.needs"));
    until([&] { return has(world.run({"status"}).out, "\"needs\" is not run: "); }, "status does not tell");
    CHECK(has(host->log(), "\"needs\" is not run: "));
    put_library(world, "drop_in_2.so", "plugins/libx.so");
    until([&] { return world.reading("libx.beat")["value"] == 2; }, "the new version did not take over");
    until([&] { return !is_in_manifest(world, "libx.old"); }, "what the new version lacks is still there");
    fs::remove(world.root() / "plugins/libx.so");
    until([&] { return !is_in_manifest(world, "libx.beat"); }, "it did not leave");
    CHECK(world.run({"forget", "libx.beat"}).code == 0);
    put_library(world, "drop_in_1.so", "plugins/libx.so");
    world.wait_for("libx.beat", 1);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a broken library beside is told of, and one that replaces what runs changes nothing")
{
    World world;
    put_library(world, "drop_in_1.so", "plugins/libx.so");
    world.write_file("plugins/libbad.so", "this is no library");
    put_library(world, "aborting_constructor.so", "plugins/libaborts.so");
    write_autoload(world, "", kUnwatched);
    const Done check = world.run({"check"});
    CHECK(check.code == 0);
    CHECK(has(check.err, "warning: autoload: "));
    CHECK(has(check.err, "libbad.so"));
    CHECK(has(check.err, "libaborts.so died of SIGABRT"));
    CHECK(has(check.err, "\"needs\" is not run: "));
    const auto host = started(world);
    world.wait_for("libx.beat", 2);
    CHECK(has(world.run({"status"}).out, "libbad.so"));
    CHECK(has(host->log(), "libaborts.so died of SIGABRT"));
    world.write_file("plugins/libx.so", "this is no library either");
    const Done again = reload(world);
    CHECK(again.code == 1);
    CHECK(has(again.out, "nothing changes"));
    CHECK(has(again.err, "libx.so"));
    const uint64_t before = world.sequence("libx.beat");
    world.wait_for("libx.beat", before + 3);
    CHECK(world.errors("libx.beat").empty());
    until([&] { return has(world.run({"status", "--json"}).out, "plugins/libx.so"); }, "status does not tell");
    put_library(world, "drop_in_2.so", "plugins/libx.so");
    CHECK(reload(world).code == 0);
    until([&] { return world.reading("libx.beat")["value"] == 2; }, "the mended version did not take over");
    until([&] { return !has(world.run({"status", "--json"}).out, "no library"); }, "status tells of what is mended");
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a line of the manifest goes first, and lets what was autoloaded go on under its own schedule")
{
    World world;
    put_library(world, "drop_in_1.so", "plugins/libx.so");
    write_autoload(world, "", kUnwatched);
    const auto host = started(world);
    world.wait_for("libx.beat", 2);
    write_autoload(world, entry("mine", "libx.so:beat", kEcho), kUnwatched);
    CHECK(world.run({"check", "--diff"}).out == "+ mine\n- libx.beat\n");
    CHECK(reload(world).out == "+ mine\n- libx.beat\n");
    world.wait_for("mine", 2);
    write_autoload(world, "[functions.\"libx.beat\"]\nfunction = \"libx.so:beat\"\nfrequency = 3600\n", kUnwatched);
    CHECK(reload(world).out == "+ libx.beat\n- mine\n");
    world.write_file("dumbwaiter.toml", "[dumbwaiter]\nstore = \"store\"\n" + kUnwatched +
                                            "[functions]\nonly = \"libx.so:beat\"\n[autoload]\nenabled = false\n");
    const Done off = reload(world);
    CHECK(off.code == 0);
    CHECK(has(off.out, "- libx.rarely\n"));
    CHECK(has(off.out, "+ only\n"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("--once runs what was dropped in, and nothing where nothing was")
{
    World world;
    write_autoload(world, "", kUnwatched);
    CHECK(world.once().code == 0);
    put_library(world, "drop_in_1.so", "plugins/libx.so");
    CHECK(world.once().code == 0);
    CHECK(world.sequence("libx.rarely") == 1);
    CHECK(world.reading("libx.hastily")["value"] == 1);
}

TEST_CASE("what is autoloaded of a library that the manifest finds at fault runs on, and holds up nothing else")
{
    World world;
    const std::string mine = "[functions]\nmine = \"libdrop.so:old\"\n";
    put_library(world, "drop_in_1.so", "plugins/libdrop.so");
    write_autoload(world, mine, kUnwatched);
    const auto host = started(world);
    world.wait_for("libdrop.beat", 1);
    for (const char* without_it : {"drop_in_2.so", "tick.so"}) {
        CAPTURE(without_it);
        put_library(world, without_it, "plugins/libdrop.so");
        const Done done = reload(world);
        CHECK(done.code == 1);
        CHECK_FALSE(has(done.out, "libdrop."));
        CHECK(is_in_manifest(world, "libdrop.rarely"));
        CHECK_FALSE(is_in_manifest(world, "libdrop.tick"));
    }
    const std::string more = test_plugin("echo.so").string() + ":echo";
    write_autoload(world, mine + "more = { function = \"" + more + "\", frequency = 0.05 }\n", kUnwatched);
    CHECK(reload(world).code == 1);
    world.wait_for("more", 1);
    world.wait_for("libdrop.beat", world.sequence("libdrop.beat") + 2);
    CHECK(world.reading("libdrop.beat")["value"] == 1);
    CHECK(world.errors("libdrop.beat").empty());
    CHECK(host->stop(SIGTERM) == 0);
}
