// SPDX-License-Identifier: BSD-3-Clause
//
// What others may write is not run, and what is overwritten while it runs harms nobody.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kTrustAny = {"DUMBWAITER_TRUST=any"};

// A manifest with one function, of a library of its own beside it.
struct Shop {
    World world;
    fs::path library = world.root() / "tick.so";

    explicit Shop(const std::string& settings = "")
    {
        fs::copy_file(test_plugin("tick.so"), library);
        world.write("[functions]\ntick = { function = \"./tick.so:tick\", frequency = 0.01 }\n", settings);
    }
    Done run(const std::string& command, const std::vector<std::string>& environment = {})
    {
        return world.run({command, "--manifest", world.manifest().string()}, environment);
    }
    Done once(const std::vector<std::string>& environment)
    {
        return world.run({"run", "--once", "--manifest", world.manifest().string()}, environment);
    }
};

}  // namespace

TEST_CASE("a manifest that others may write is not run, but says where the store is")
{
    Shop shop;
    REQUIRE(shop.world.once().code == 0);
    REQUIRE(::chmod(shop.world.manifest().c_str(), 0666) == 0);
    const Done check = shop.run("check");
    CHECK(check.code == 2);
    CHECK_MESSAGE(has(check.err, "dumbwaiter.toml may be written by everybody (mode 0666): chmod go-w "), check.err);
    CHECK(has(check.err, "DUMBWAITER_TRUST=any"));
    CHECK(shop.world.once().code == 2);
    CHECK(shop.run("list").code == 0);
}

TEST_CASE("a library that others may write is not run, unless all is trusted aloud")
{
    Shop shop;
    REQUIRE(::chmod(shop.library.c_str(), 0664) == 0);
    const Done check = shop.run("check");
    CHECK(check.code == 2);
    CHECK_MESSAGE(has(check.err, "dumbwaiter.toml:6:"), check.err);
    CHECK(has(check.err, "tick.so may be written by its group (mode 0664): chmod go-w "));
    const Done once = shop.once(kTrustAny);
    CHECK(once.code == 0);
    CHECK_MESSAGE(has(once.err, "warning trust: trust is any: whoever may write "), once.err);
    CHECK(shop.world.sequence("tick") == 1);
}

TEST_CASE("`inspect` names what is in a library that others may write, and runs nothing of it")
{
    Shop shop;
    REQUIRE(::chmod(shop.library.c_str(), 0666) == 0);
    const Done inspect = shop.world.run({"inspect", shop.library.string()});
    CHECK(inspect.code == 2);
    CHECK(has(inspect.out, "tick"));
    CHECK_MESSAGE(has(inspect.err, "tick.so may be written by everybody"), inspect.err);
    CHECK(shop.world.run({"inspect", shop.library.string()}, kTrustAny).code == 0);
}

TEST_CASE("a host goes on with the library that it began with, whatever is written over its file")
{
    Shop shop;
    const auto host = shop.world.start();
    shop.world.wait_for("tick", 1);
    std::ofstream(shop.library, std::ios::binary | std::ios::trunc) << "no library any more";
    const uint64_t before = shop.world.sequence("tick");
    shop.world.wait_for("tick", before + 10);
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(shop.world.once().code == 2);
}

TEST_CASE(
    "a reader loads no serializer by a manifest or from a folder that others may write, unless it names the folder")
{
    World world;
    const fs::path folder = world.root() / "libraries";
    fs::create_directory(folder);
    fs::copy_file(test_plugin("serializers.so"), folder / "own.so");
    world.write("[functions]\ntick = \"tick.so:tick\"\n", "serializer = \"./libraries/own.so:hex\"");
    REQUIRE(world.once().code == 0);
    const std::vector<std::string> get = {"get", "tick", "--manifest", world.manifest().string(), "--json"};
    const auto is_decoded = [](const Done& done) { return done.code == 0 && done.json()["value"] == 1; };
    CHECK(is_decoded(world.run(get)));
    SUBCASE("the manifest")
    {
        REQUIRE(::chmod(world.manifest().c_str(), 0666) == 0);
    }
    SUBCASE("the folder")
    {
        REQUIRE(::chmod(folder.c_str(), 0777) == 0);
    }
    SUBCASE("the folder, sticky")
    {
        REQUIRE(::chmod(folder.c_str(), 01777) == 0);
    }
    CHECK_FALSE(is_decoded(world.run(get)));
    auto named = get;
    named.insert(named.end(), {"--plugins", folder.string()});
    CHECK(is_decoded(world.run(named)));
    CHECK(is_decoded(world.run(get, kTrustAny)));
}
