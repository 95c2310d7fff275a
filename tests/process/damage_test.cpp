// SPDX-License-Identifier: BSD-3-Clause
//
// What the commands make of a store that is not whole.
#include <doctest/doctest.h>

#include <filesystem>

#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("damage is found by verify, refused by get, and passed over by history: exit code 5 each")
{
    World world;
    world.write(
        "[functions.echo]\nfunction = \"echo.so:echo\"\nargs = "
        "[\"a-text-to-be-found-again\"]\n[functions.tick]\nfunction = \"tick.so:tick\"\n");
    CHECK(world.once().code == 0);
    const Done whole = world.run({"verify"});
    CHECK(whole.code == 0);
    CHECK(has(whole.out, "2 names"));

    const auto file = world.store() / "data.mdb";
    std::string bytes = read_file(file);
    size_t flipped = 0;
    for (size_t at = bytes.find("a-text-to-be"); at != std::string::npos; at = bytes.find("a-text-to-be", at + 1)) {
        bytes[at] = 'A';
        ++flipped;
    }
    REQUIRE(flipped > 0);
    world.write_file("store/data.mdb", bytes);

    const Done found = world.run({"verify"});
    CHECK(found.code == 5);
    CHECK(has(found.out, "echo"));
    CHECK(world.run({"get", "echo"}).code == 5);
    CHECK(world.run({"get", "echo"}).out == "");
    CHECK(world.run({"history", "echo", "--json"}).code == 5);
    CHECK(world.run({"get", "tick"}).out == "1\n");
    CHECK(world.run({"list"}).code == 0);
    CHECK(world.run({"list", "--json"}).json_lines()[0]["state"] == "damaged");

    // The next run replaces it, and says so nowhere but in the log.
    CHECK(world.once().code == 0);
    CHECK(world.run({"get", "echo"}).code == 0);
}

TEST_CASE("a store whose data.mdb was cut short is damage, an emptied one is none: neither ends the reader")
{
    World world;
    world.write("[functions]\ntick = \"tick.so:tick\"\n");
    REQUIRE(world.once().code == 0);
    std::filesystem::resize_file(world.store() / "data.mdb", 2 * 4096);
    const Done cut = world.run({"get", "tick"});
    CHECK(cut.code == 5);
    CHECK(has(cut.err, "cut short"));
    CHECK(world.run({"verify"}).code == 5);
    std::filesystem::resize_file(world.store() / "data.mdb", 0);
    const Done emptied = world.run({"get", "tick"});
    CHECK(emptied.code == 3);
    CHECK(has(emptied.err, "data.mdb is empty"));
}

TEST_CASE("a command that meets a page past the end of data.mdb says that it is damaged")
{
    World world;
    std::string functions;
    // So many leaves that some lie behind their root, however they were committed.
    const std::string arguments = "args = [\"" + std::string(200, 'x') + "\"]";
    for (int i = 0; i < 150; ++i) functions += entry("f" + std::to_string(i), "echo.so:echo", arguments);
    world.write(functions);
    REQUIRE(world.once().code == 0);
    REQUIRE(world.once().code == 0);
    const auto data = world.store() / "data.mdb";
    const std::string whole = read_file(data);
    size_t met = 0;
    for (size_t pages = 3; pages * 4096 < whole.size(); pages += 4) {
        std::filesystem::resize_file(data, pages * 4096);
        for (const std::vector<std::string>& command :
             {std::vector<std::string>{"list"}, {"history", "f7"}, {"get", "f7"}, {"errors"}, {"verify"}, {"plan"}}) {
            const Done done = world.run(command);
            CAPTURE(pages);
            CAPTURE(command[0]);
            CHECK((done.code == 0 || done.code == 5));
            if (done.code == 5 && has(done.err, "cut short, or")) ++met;
        }
        world.write_file("store/data.mdb", whole);
    }
    CHECK(met > 0);
}
