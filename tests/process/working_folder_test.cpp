// SPDX-License-Identifier: BSD-3-Clause
//
// Which folder relative paths are taken from.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace fs = std::filesystem;

TEST_CASE("paths in args are taken from the manifest's folder, --store from the caller's, in threads and in children")
{
    const std::string words = shipped_plugin("libfile.so").string() + ":words";
    for (const char* isolation : {"thread", "process"}) {
        World world;
        world.write_file("text.txt", "three small words\n");
        world.write("[functions.words]\nfunction = \"" + words + "\"\nargs = [\"text.txt\"]\n",
                    std::string("isolation = \"") + isolation + "\"");
        fs::create_directory(world.root() / "elsewhere");
        const std::string run = "cd elsewhere && exec " + program("run_dumbwaiter").string() +
                                " --manifest ../dumbwaiter.toml --once --store here";
        const Done done = world.run_program("/bin/sh", {"-c", run});
        CHECK_MESSAGE(done.code == 0, done.err);
        const Done got = world.run({"get", "words", "--json", "--store", "elsewhere/here"});
        CHECK_MESSAGE(got.code == 0, got.err);
        const Done refused =
            world.run_program("/bin/sh", {"-c", "cd elsewhere && echo x > bad.toml && exec " +
                                                    program("run_dumbwaiter").string() + " --manifest bad.toml"});
        CHECK(refused.code == 2);
        CHECK_MESSAGE(has(refused.err, "bad.toml:1:"), refused.err);
        CHECK_FALSE(has(refused.err, "/bad.toml"));  // as it was given
    }
}

TEST_CASE("where the manifest's folder is a link that leads elsewhere now, functions run there from a reload on")
{
    const std::string words = shipped_plugin("libfile.so").string() + ":words";
    for (const char* isolation : {"thread", "process"}) {
        CAPTURE(isolation);
        World world;
        const fs::path live = world.root() / "live";
        const auto lead = [&](const char* release) {
            fs::create_directory_symlink(release, world.root() / "new");
            fs::rename(world.root() / "new", live);
        };
        for (const char* release : {"one", "two"}) {
            fs::create_directory(world.root() / release);
            world.write_file(fs::path(release) / "dumbwaiter.toml",
                             "[dumbwaiter]\nstore = \"" + world.store().string() + "\"\nwatch = false\nisolation = \"" +
                                 isolation + "\"\n" + entry("words", words, "args = [\"text.txt\"]\nfrequency = 0.05"));
        }
        world.write_file("one/text.txt", "one word\n");
        world.write_file("two/text.txt", "here are three words\n");
        lead("one");
        const auto host =
            world.start_by({program("run_dumbwaiter").string(), "--manifest", (live / "dumbwaiter.toml").string()});
        world.wait_for("words", 1);
        CHECK(world.reading("words")["value"] == 2);
        for (const auto& [release, count] : {std::pair{"two", 4}, {"one", 2}}) {
            lead(release);
            const Done done = world.run({"reload", "--store", world.store().string()});
            CHECK(done.code == 0);
            CHECK(has(done.out, "words"));
            until([&, wanted = count] { return world.reading("words")["value"] == wanted; }, "it runs where it ran");
        }
        CHECK(has(world.run({"reload", "--store", world.store().string()}).out, "nothing changes"));
        CHECK(host->stop(SIGTERM) == 0);
    }
}

TEST_CASE("a reload that would leave the store behind, in the folder that a link led to before, is refused")
{
    World world;
    for (const char* release : {"one", "two"}) {
        fs::create_directory(world.root() / release);
        world.write_file(fs::path(release) / "dumbwaiter.toml",
                         "[dumbwaiter]\nstore = \"store\"\nwatch = false\n" +
                             entry("time", shipped_plugin("libtime.so").string() + ":now", "frequency = 0.05"));
    }
    const fs::path live = world.root() / "live";
    fs::create_directory_symlink("one", live);
    const auto host =
        world.start_by({program("run_dumbwaiter").string(), "--manifest", (live / "dumbwaiter.toml").string()});
    const std::vector<std::string> ask = {"reload", "--store", (world.root() / "one/store").string()};
    until([&] { return world.run(ask).code == 0; }, "the host did not come up");
    fs::create_directory_symlink("two", world.root() / "new");
    fs::rename(world.root() / "new", live);
    const Done refused = world.run(ask);
    CHECK(refused.code == 2);
    CHECK(has(refused.err, live.string() + "/store is no longer the folder that the host writes: restart it"));
    fs::remove(live);
    fs::create_directory_symlink("one", live);
    CHECK(world.run(ask).code == 0);
    CHECK(host->stop(SIGTERM) == 0);
}
