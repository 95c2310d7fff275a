// SPDX-License-Identifier: BSD-3-Clause
//
// F17, F31: what children have open, and what they do to it.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <filesystem>
#include <map>
#include <set>

#include "processes.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

namespace fs = std::filesystem;

const std::string kTick = entry("tick", "tick.so:tick", "frequency = 0.25\non_start = \"always\"");

std::map<int, std::string> open_files(int pid)
{
    std::map<int, std::string> all;
    std::error_code ignored;
    for (const auto& one : fs::directory_iterator(fmt::format("/proc/{}/fd", pid), ignored)) {
        all[std::stoi(one.path().filename())] = fs::read_symlink(one.path(), ignored).string();
    }
    return all;
}

// Exactly /dev/null, two pipes and a socket, and nothing of the store in its memory.
void check_child(int pid, const fs::path& store)
{
    const auto files = open_files(pid);
    REQUIRE(files.size() == 4);
    CHECK(files.at(0) == "/dev/null");
    CHECK(files.at(1).starts_with("pipe:"));
    CHECK(files.at(2).starts_with("pipe:"));
    CHECK(files.at(3).starts_with("socket:"));
    CHECK_FALSE(has(read_file(fmt::format("/proc/{}/maps", pid)), store.string()));
}

std::vector<int> child_pids(World& world, size_t count)
{
    std::vector<int> pids;
    until(
        [&] {
            pids.clear();
            const Json status = world.status();
            for (const Json& child : status["children"]) {
                if (!child["pid"].is_null()) pids.push_back(child["pid"]);
            }
            return pids.size() == count;
        },
        "not all children are there");
    return pids;
}

size_t open_count(int pid)
{
    return open_files(pid).size();
}

}  // namespace

TEST_CASE("F17: children have the descriptors 0, 1, 2 and their channel, the first ones as those made again")
{
    Row row("F17", "descriptors in children");
    constexpr size_t kChildren = 8;
    World world;
    std::string functions = kTick;
    for (size_t i = 1; i < kChildren; ++i) {
        functions += entry(fmt::format("f{}", i), "deaths.so:descriptors",
                           fmt::format("frequency = 0.2\non_start = \"always\"\ngroup = \"g{}\"", i));
    }
    world.write(functions, "durability = \"volatile\"");
    const auto host = world.start();
    for (int round = 0; round < tries(2, 4); ++round) {
        for (size_t i = 1; i < kChildren; ++i) {
            const std::string name = fmt::format("f{}", i);
            world.wait_for(name, world.sequence(name) + 1);
        }
        for (const int pid : child_pids(world, kChildren)) {
            row.attempt([&] { check_child(pid, world.store()); });
            ::kill(pid, SIGKILL);
        }
        for (size_t i = 1; i < kChildren; ++i) {
            const std::string name = fmt::format("f{}", i);
            world.wait_for(name, world.sequence(name) + 2);
            row.attempt([&] { CHECK(world.reading(name)["value"] == "0 1 2 3"); });
        }
    }
    // The spawner, too, has nothing of the store: what it forks has all that it has.
    for (const int pid : family(host->pid())) {
        for (const auto& [number, file] : open_files(pid)) CHECK_FALSE(has(file, world.store().string()));
    }
    CHECK(host->stop(SIGTERM) == 0);
    row.figure("0 /dev/null, 1 and 2 pipes, 3 a socket");
}

TEST_CASE("F31: a library that leaks descriptors, or closes all of them, harms its own child alone")
{
    Row row("F31", "leaks descriptors; closes 0 to 1000");
    World world;
    world.write(kTick + entry("leaks", "litters.so:leaks_descriptor", "frequency = 0.1\non_start = \"always\"") +
                    entry("closes", "litters.so:closes_descriptors",
                          "frequency = 0.1\ngroup = \"closes\"\non_start = \"always\"") +
                    "[library.\"litters.so\"]\nopen_files = 64\n",
                "durability = \"full\"");
    const auto host = world.start();
    world.wait_for("tick", 2);
    const size_t before = open_count(host->pid());
    row.attempt([&] {
        world.wait_for_errors("leaks");
        CHECK_MESSAGE(has(world.errors("leaks").front()["text"], "open_files = 64"),
                      world.errors("leaks").front()["text"]);
    });
    for (int i = 0; i < tries(10, 50); ++i) {
        row.attempt([&] {
            const uint64_t tick = world.sequence("tick");
            world.wait_for("tick", tick + 1);
            CHECK(world.errors("tick").empty());
            CHECK(open_count(host->pid()) <= before + 8);
        });
    }
    row.attempt([&] {
        // Its child is made again: the function comes back, or tells what it died of.
        until([&] { return world.sequence("closes") >= 3 || world.errors("closes").size() >= 3; },
              "the function that closes everything neither runs nor fails");
    });
    row.figure(fmt::format("{} values and {} reports of the one that closes all", world.sequence("closes"),
                           world.errors("closes").size()));
    row.figure(fmt::format("host has {} descriptors, {} before", open_count(host->pid()), before));
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.run({"verify"}).code == 0);
}
