// SPDX-License-Identifier: BSD-3-Clause
//
// Which folder relative paths are taken from.
#include <doctest/doctest.h>
#include <filesystem>

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
