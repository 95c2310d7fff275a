// SPDX-License-Identifier: BSD-3-Clause
//
// What check, reload, status and the log tell of drop-ins, and of what the manifest says of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include "live_changes.hpp"

using namespace dumbwaiter::test;
namespace fs = std::filesystem;

namespace {

bool status_has(World& world, std::string_view part)
{
    const Done done = world.run({"status", "--json"});
    const Json status = done.code == 0 ? done.json() : Json::object();
    if (!status.contains("autoload_faults")) return false;
    for (const Json& fault : status["autoload_faults"]) {
        if (has(fault.get<std::string>(), part)) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("a misspelt [library] of a drop-in is told of everywhere, until a library of that name comes")
{
    World world;
    put_library(world, "drop_in_1.so", "plugins/libx.so");
    write_autoload(world, "\n[library.\"liby.so\"]\nmemory = \"64MiB\"\n", kSettings);
    const std::string fault =
        "dumbwaiter.toml:9:10: [library.\"liby.so\"] names no library that is here or in use; did you mean "
        "\"libx.so\"?";
    const Done check = world.run({"check"});
    CHECK(check.code == 0);
    CHECK_MESSAGE(has(check.err, fault), check.err);
    const auto host = started(world);
    CHECK(has(host->log(), fault));
    CHECK(status_has(world, world.root().string() + "/" + fault));
    CHECK(has(world.run({"status"}).out, fault));
    put_library(world, "version_1.so", "plugins/liby.so");
    world.wait_for("liby.version", 1);
    until([&] { return !status_has(world, "liby.so\"]"); }, "status tells of what is mended");
    fs::remove(world.root() / "plugins/liby.so");
    until([&] { return status_has(world, fault); }, "status does not tell that it is gone");
    CHECK(count(host->log(), "[library.\"liby.so\"]") == 2);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("status names the manifest by its full path, whatever the host was told")
{
    World world;
    write_autoload(world, "\n[library.\"liby.so\"]\nmemory = \"64MiB\"\n", kUnwatched);
    const std::jthread host([&] { world.run_program(program("run_dumbwaiter"), {"--for", "3"}); });
    const std::string place = (world.root() / "dumbwaiter.toml:10:10: [library").string();
    until([&] { return status_has(world, "[library"); }, "status does not tell");
    CHECK(status_has(world, place));
}

TEST_CASE("a reload prints what is new of drop-ins, counts what stands, and status has all of it")
{
    World world;
    put_library(world, "drop_in_1.so", "plugins/libx.so");
    world.write_file("plugins/libbad.so", "this is no library");
    write_autoload(world, "[library.\"libx.so\"]\nmemory = \"1GiB\"\n", kUnwatched);
    const auto host = started(world);
    const Done same = reload(world);
    CHECK(same.code == 0);
    CHECK(same.out == "nothing changes\n");
    CHECK(same.err == "dumbwaiter: 2 warnings of [autoload] stand as before: `dumbwaiter status` has them\n");
    write_autoload(world, "\n\n[library.\"libx.so\"]\nisolation = \"thread\"\nmemory = \"1GiB\"\n", kUnwatched);
    world.write_file("plugins/libworse.so", "");
    for (const auto& command : {std::vector<std::string>{"check", "--diff"}, {"reload"}}) {
        CAPTURE(command[0]);
        const Done done = world.run(command);
        CHECK(done.code == 0);
        CHECK(count(done.err, "warning: autoload: ") == 2);
        CHECK(has(done.err, "plugins/libworse.so"));
        CHECK(has(done.err, "dumbwaiter.toml:12:1: isolation = \"thread\" does not hold"));
        CHECK(has(done.err, "\ndumbwaiter: 2 warnings of [autoload] stand as before"));
        const size_t told = command[0] == "check" ? 2 : 4;
        until([&] { return world.status()["autoload_faults"].size() == told; }, "status has others");
    }
    // One that only moved is no news, and one that is mended is gone.
    write_autoload(world, "[library.\"libx.so\"]\nisolation = \"thread\"\nmemory = \"1GiB\"\n", kUnwatched);
    fs::remove(world.root() / "plugins/libbad.so");
    const Json moved = world.run({"reload", "--json"}).json();
    CHECK(moved["warnings"].empty());
    CHECK(moved["standing"] == 3);
    until([&] { return status_has(world, "dumbwaiter.toml:10:1: isolation"); }, "status has the place before");
    for (const char* library : {"libbad.so", "libworse.so", "isolation = "}) CHECK(count(host->log(), library) == 1);
    fs::remove(world.root() / "plugins/libworse.so");
    CHECK(has(reload(world).err, "2 warnings"));
    fs::remove(world.root() / "plugins/libx.so");
    CHECK(count(reload(world).err, "stand") == 0);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("the log repeats no warning at each reload, and whoever asks for one is told all of them")
{
    World world;
    put_library(world, "version_1.so", "plugins/libx.so");
    const std::string trust = "[library.\"libx.so\"]\ntrust = \"any\"\n";
    write_autoload(world, trust, kUnwatched);
    const auto host = started(world);
    const auto in_log = [&](std::string_view part) { return count(host->log(), part); };
    CHECK(in_log("trust is any") == 1);
    write_autoload(world, trust, kUnwatched + "workers = 3\n");
    for (int i = 0; i < 3; ++i) {
        const Done done = reload(world);
        CHECK(count(done.err, "warning: trust is any") == 1);
        CHECK(count(done.err, "warning: workers has changed") == 1);
        CHECK(count(world.run({"check", "--diff"}).err, "warning: workers has changed") == 1);
    }
    CHECK(in_log("trust is any") == 1);
    CHECK(in_log("workers has changed") == 1);
    write_autoload(world, "", kUnwatched);
    CHECK(reload(world).err == "");
    write_autoload(world, trust, kUnwatched);
    CHECK(world.run({"check", "--diff"}).code == 0);
    CHECK(in_log("trust is any") == 1);  // nothing is taken over yet
    CHECK(reload(world).code == 0);
    CHECK(in_log("trust is any") == 2);
    CHECK(host->stop(SIGTERM) == 0);
}
