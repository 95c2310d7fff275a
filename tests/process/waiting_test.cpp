// SPDX-License-Identifier: BSD-3-Clause
//
// `get --wait` before there is anything to wait on, and what it says when it gives up.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("get --wait waits for a store that is not there yet, or that its host has not filled")
{
    for (const bool is_empty_folder : {false, true}) {
        World world;
        world.write("[functions]\ntick = \"tick.so:tick\"\n");
        if (is_empty_folder) std::filesystem::create_directory(world.store());
        CHECK(world.run({"get", "tick", "--wait", "0"}).code == 3);
        CHECK(world.run({"get", "tick", "--wait", "0.1"}).code == 3);
        std::unique_ptr<Host> host;
        std::thread starter([&] { host = world.start(); });
        const Done first = world.run({"get", "tick", "--wait", "60"});
        starter.join();
        CHECK(first.code == 0);
        CHECK(first.out == "1\n");
    }
}

TEST_CASE("a command that is interrupted ends with 130")
{
    World world;
    world.write("[functions]\ntick = \"tick.so:tick\"\n");
    REQUIRE(world.once().code == 0);
    const std::string command = program("dumbwaiter").string(), store = world.store().string();
    const pid_t waits = fork();
    if (waits == 0) {
        signal(SIGINT, SIG_DFL);
        execl(command.c_str(), command.c_str(), "get", "nobody", "--wait", "60", "--store", store.c_str(), nullptr);
        _exit(1);
    }
    // Once it has come as far as its lock of the store, it waits.
    const std::string maps = "/proc/" + std::to_string(waits) + "/maps";
    until([&] { return has(read_file(maps), "lock.mdb"); }, "it does not open the store");
    kill(waits, SIGINT);
    int status = 0;
    REQUIRE(waitpid(waits, &status, 0) == waits);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 130);
}

TEST_CASE("get --wait that gives up tells the last error, what is near, and whether a host runs")
{
    World world;
    world.write("[functions]\nfails = \"tick.so:fails\"\ntick = \"tick.so:tick\"\n");
    const auto host = world.start();
    world.wait_for("tick", 1);
    world.wait_for_errors("fails");
    const Done failed = world.run({"get", "fails", "--wait", "0.2"});
    CHECK(failed.code == 1);
    CHECK(failed.out == "");
    CHECK(has(failed.err, "after 0.2 s: "));
    CHECK(has(failed.err, "the well is dry"));
    CHECK_FALSE(has(failed.err, "no host"));
    CHECK(has(world.run({"get", "tikc", "--wait", "0.1"}).err, "did you mean \"tick\""));
    const Done at_once = world.run({"get", "fails", "--wait", "0"});
    CHECK(at_once.code == 1);
    CHECK_FALSE(has(at_once.err, "0 s"));
    CHECK(has(world.run({"get", "tick", "--wait", "0", "--after", "9"}).err, "after 9 is there"));
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(has(world.run({"get", "tick", "--wait", "0.1", "--after", "9"}).err, "no host is running"));
}
