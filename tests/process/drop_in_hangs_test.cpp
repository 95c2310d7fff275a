// SPDX-License-Identifier: BSD-3-Clause
//
// A library that is dropped in and hangs while it is loaded. Each try of it takes ten seconds.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "live_changes.hpp"

using namespace dumbwaiter::test;

namespace {

size_t tries(World& world)
{
    return read_file(world.root() / "tries").size();
}

bool is_told(World& world)
{
    return has(world.run({"status"}).out,
               "libhang.so hung for 10 s and was killed while it was loaded; it is tried again when it changes, or by "
               "`dumbwaiter reload`");
}

}  // namespace

TEST_CASE("a library that hung while it was loaded holds up nobody until it changes, or a reload asks for it")
{
    World world;
    put_library(world, "counted_hang.so", "plugins/libhang.so");
    write_autoload(world, "", kSettings);
    const auto host = started(world);
    CHECK(is_told(world));
    CHECK(tries(world) == 1);
    put_library(world, "drop_in_1.so", "plugins/libx.so");
    world.wait_for("libx.beat", 1);
    put_library(world, "counted_hang.so", "plugins/libhang.so");  // the same bytes
    put_library(world, "drop_in_2.so", "plugins/liby.so");
    world.wait_for("liby.beat", 1);
    CHECK(tries(world) == 1);
    CHECK(is_told(world));
    const Done asked = reload(world);
    CHECK(asked.code == 0);
    CHECK_FALSE(has(asked.err, "libhang.so"));  // as it stood before
    CHECK(tries(world) == 2);
    put_library(world, "version_1.so", "plugins/libz.so");
    world.wait_for("libz.version", 1);
    CHECK(tries(world) == 2);
    CHECK(is_told(world));
    put_library(world, "drop_in_1.so", "plugins/libhang.so");
    world.wait_for("libhang.beat", 1);
    until([&] { return !is_told(world); }, "status tells of what is mended");
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("one that hung is not tried at each look either while the manifest cannot be taken over")
{
    World world;
    put_library(world, "version_1.so", "plugins/libx.so");
    write_autoload(world, "", kSettings);
    const auto host = started(world);
    // Of a fault that moves within the manifest the log tells again.
    const auto refused = [&](size_t times) {
        until([&] { return count(host->log(), "refused; what ran before runs on") == times; }, "it is not refused");
    };
    const std::string bad = entry("bad", "plugins/libbad.so:tick");
    world.write_file("plugins/libbad.so", "this is no library");
    write_autoload(world, bad, kSettings);
    refused(1);
    put_library(world, "counted_hang.so", "plugins/libhang.so");
    until([&] { return tries(world) == 1; }, "it is not tried");
    write_autoload(world, "\n" + bad, kSettings);
    refused(2);
    write_autoload(world, "\n\n" + bad, kSettings);
    refused(3);
    CHECK(tries(world) == 1);
    CHECK(host->stop(SIGTERM) == 0);
}
