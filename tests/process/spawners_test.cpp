// SPDX-License-Identifier: BSD-3-Clause
//
// The processes that make the children are killed, and those that stand by for them.
#include <doctest/doctest.h>

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "live_changes.hpp"
#include "processes.hpp"

using namespace dumbwaiter::test;

namespace {

std::set<int> spawners(const World& world)
{
    return named(world.root(), "dumbwaiter-spwn");
}
std::set<int> standbys(const World& world)
{
    return named(world.root(), "dumbwaiter-stby");
}

// Has come home since, and the sequences have no gap.
void check_that_it_goes_on(World& world, const std::string& name)
{
    world.wait_for(name, world.sequence(name) + 5);
    CHECK(world.errors(name).empty());
    uint64_t newer = 0;
    for (const Json& one : world.history(name)) {
        if (newer != 0) CHECK(one["sequence"] == newer - 1);
        newer = one["sequence"];
    }
}

void check_that_nothing_is_left(World& world)
{
    until(
        [&] {
            return spawners(world).empty() && standbys(world).empty() && named(world.root(), "dumbwaiter-job").empty();
        },
        "processes are left behind");
}

}  // namespace

TEST_CASE("whichever process of a spawner is killed, the host and what it runs go on")
{
    World world;
    world.write(kTick + entry("slow", "tick.so:slow_tick", "frequency = 0.1\ntimeout = 20"), kUnwatched);
    const auto host = started(world);
    world.wait_for("slow", 1);
    world.write(kTick + entry("slow", "tick.so:slow_tick", "frequency = 0.1\ntimeout = 20") +
                    entry("later", "echo.so:echo", "frequency = 0.05"),
                kUnwatched);
    CHECK(world.run({"reload"}).code == 0);
    world.wait_for("later", 1);
    until([&] { return spawners(world).size() == 2 && standbys(world).size() == 2; },
          "not every spawner has a standby");
    for (int round = 0; round < 3; ++round) {
        for (const bool is_standby : {true, false}) {
            const std::set<int> victims = is_standby ? standbys(world) : spawners(world);
            for (const int victim : victims) {
                CAPTURE(round);
                CAPTURE(is_standby);
                ::kill(victim, SIGKILL);
                until([&] { return spawners(world).size() == 2 && standbys(world).size() == 2; },
                      "none came in its place");
                for (const char* name : {"tick", "slow", "later"}) check_that_it_goes_on(world, name);
            }
        }
    }
    REQUIRE(host->is_running());
    CHECK(has(host->log(), "another goes on in its place"));
    // One that took over looks at manifests as well.
    world.write(kTick + entry("new", "echo.so:echo", "frequency = 0.05"), kUnwatched);
    const Done done = world.run({"reload"});
    CHECK(done.code == 0);
    CHECK(done.out == "+ new\n- slow\n- later\n");
    check_that_it_goes_on(world, "new");
    CHECK(host->stop(SIGTERM) == 0);
    check_that_nothing_is_left(world);
    CHECK(world.run({"verify"}).code == 0);
}

TEST_CASE("a spawner that took over from one that a reload made is let live when a child of the first one dies")
{
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    world.wait_for("tick", 1);
    const std::set<int> first = spawners(world), jobs = named(world.root(), "dumbwaiter-job");
    REQUIRE(first.size() == 1);
    REQUIRE(jobs.size() == 1);
    world.write(kTick + entry("later", "deaths.so:starts_daemon", "frequency = 0.1"), kUnwatched);
    CHECK(world.run({"reload"}).code == 0);
    world.wait_for("later", 1);
    until([&] { return standbys(world).size() == 2; }, "not every spawner has a standby");
    const int litter = world.reading("later")["value"];
    for (const int pid : spawners(world)) {
        if (!first.contains(pid)) ::kill(pid, SIGKILL);
    }
    until([&] { return spawners(world).size() == 2 && standbys(world).size() == 2; }, "none came in its place");
    until([&] { return !any_lives({litter}); }, "what a function left behind lives on");
    // A child is called as its spawner is until it has begun.
    for (const char* name : {"tick", "later"}) check_that_it_goes_on(world, name);
    until([&] { return spawners(world).size() == 2 && standbys(world).size() == 2; }, "there is one too many");
    const std::set<int> before = spawners(world);
    ::kill(*jobs.begin(), SIGKILL);
    check_that_it_goes_on(world, "tick");
    check_that_it_goes_on(world, "later");
    CHECK(spawners(world) == before);
    CHECK(host->stop(SIGTERM) == 0);
    check_that_nothing_is_left(world);
}

TEST_CASE("functions run beside each other again after their spawner was killed while they ran, twice")
{
    World world;
    std::string functions;
    for (const char* name : {"a", "b", "c", "d"}) functions += entry(name, "tick.so:slow_tick", "frequency = 0.05");
    world.write(functions, kUnwatched);
    const auto host = started(world);
    for (const char* name : {"a", "b", "c", "d"}) world.wait_for(name, 1);
    for (int round = 0; round < 4; ++round) {
        const std::set<int> before = spawners(world);
        REQUIRE(before.size() == 1);
        ::kill(*before.begin(), SIGKILL);
        until([&] { return spawners(world).size() == 1 && spawners(world) != before; }, "none came in its place");
        std::this_thread::sleep_for(std::chrono::milliseconds(150));  // they run, and are not home
    }
    check_that_it_goes_on(world, "a");
    // Each takes 0.3 s; one after the other, all four take 1.2 s.
    const uint64_t from = world.sequence("a");
    const auto began = std::chrono::steady_clock::now();
    world.wait_for("a", from + 10);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(9));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a look at a changed manifest is begun again when the spawner is killed meanwhile")
{
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    world.wait_for("tick", 1);
    const std::set<int> first = spawners(world);
    REQUIRE(first.size() == 1);
    world.write(kTick + entry("hangs", "hanging_constructor.so:whisper"), kUnwatched);  // the look takes its time
    Done done{};
    std::thread reload([&] { done = world.run({"reload"}); });
    until([&] { return spawners(world).size() > 1; }, "nobody looks");
    ::kill(*first.begin(), SIGKILL);
    reload.join();
    CHECK(done.code == 2);
    CHECK_FALSE(has(done.err, "the process that looked"));
    CHECK(has(done.err, "hanging_constructor.so"));
    check_that_it_goes_on(world, "tick");
    CHECK(host->stop(SIGTERM) == 0);
    check_that_nothing_is_left(world);
}

TEST_CASE("what a library started goes with a spawner that is killed, also from a session of its own")
{
    World world;
    const char* once = "frequency = 3600\non_start = \"always\"";
    world.write(
        kTick + entry("child", "litters.so:leaves_child", once) + entry("daemon", "deaths.so:starts_daemon", once),
        kUnwatched);
    const auto host = started(world);
    for (const char* name : {"child", "daemon"}) world.wait_for(name, 1);
    for (int round = 0; round < 3; ++round) {
        CAPTURE(round);
        const std::set<int> litter = {world.reading("child")["value"], world.reading("daemon")["value"]};
        if (round == 0) REQUIRE(any_lives(litter));
        const std::set<int> before = spawners(world);
        REQUIRE(before.size() == 1);
        ::kill(*before.begin(), SIGKILL);
        until([&] { return !any_lives(litter); }, "it was left behind");
        check_that_it_goes_on(world, "tick");
        for (const char* name : {"child", "daemon"}) {
            const uint64_t last = world.sequence(name);
            CHECK(world.run({"refresh", name}).code == 0);
            world.wait_for(name, last + 1);
        }
    }
    CHECK(host->stop(SIGTERM) == 0);
    check_that_nothing_is_left(world);
}

TEST_CASE("a spawner that is killed is replaced at once, also where a child of it cannot die")
{
    World world;
    world.write(kTick + entry("beside", "echo.so:echo", "frequency = 0.05"), kUnwatched);
    const auto host = started(world);
    for (const char* name : {"tick", "beside"}) world.wait_for(name, 1);
    const std::set<int> jobs = named(world.root(), "dumbwaiter-job"), before = spawners(world);
    REQUIRE(jobs.size() == 2);
    REQUIRE(before.size() == 1);
    const int immortal = *jobs.begin();
    Immortal traced(immortal);
    if (!traced.fault().empty()) {
        MESSAGE("skipped: ", traced.fault());
        return;
    }
    ::kill(*before.begin(), SIGKILL);
    until([&] { return spawners(world).size() == 1 && spawners(world) != before; }, "none came in its place");
    for (const char* name : {"tick", "beside"}) check_that_it_goes_on(world, name);
    CHECK(any_is_there({immortal}));
    traced.let_die();
    until([&] { return !any_is_there({immortal}); }, "it is left behind");
    CHECK(host->stop(SIGTERM) == 0);
    check_that_nothing_is_left(world);
}

TEST_CASE("children are made and buried also while what a library left behind cannot die")
{
    World world;
    world.write(kTick + entry("daemon", "deaths.so:starts_daemon", "frequency = 3600\non_start = \"always\""),
                kUnwatched);
    const auto host = started(world);
    for (const char* name : {"tick", "daemon"}) world.wait_for(name, 1);
    const int immortal = world.reading("daemon")["value"];
    Immortal traced(immortal);
    if (!traced.fault().empty()) {
        MESSAGE("skipped: ", traced.fault());
        return;
    }
    const std::set<int> before = spawners(world);
    for (int round = 0; round < 2; ++round) {
        CAPTURE(round);
        for (const int pid : named(world.root(), "dumbwaiter-job")) ::kill(pid, SIGKILL);
        check_that_it_goes_on(world, "tick");
    }
    CHECK(any_is_there({immortal}));
    CHECK(spawners(world) == before);
    traced.let_die();
    until([&] { return !any_is_there({immortal}); }, "it is left behind");
    CHECK(host->stop(SIGTERM) == 0);
    check_that_nothing_is_left(world);
}

TEST_CASE("what a host that is killed leaves ends, also beside a process that cannot die")
{
    World world;
    const char* daemon = "frequency = 3600\non_start = \"always\"";
    world.write(kTick + entry("a", "deaths.so:starts_daemon", daemon) + entry("b", "deaths.so:starts_daemon", daemon),
                kUnwatched);
    const auto host = started(world);
    for (const char* name : {"tick", "a", "b"}) world.wait_for(name, 1);
    const int a = world.reading("a")["value"], b = world.reading("b")["value"];
    const int immortal = std::min(a, b);
    Immortal traced(immortal);
    if (!traced.fault().empty()) {
        MESSAGE("skipped: ", traced.fault());
        return;
    }
    ::kill(host->pid(), SIGKILL);
    until([&] { return !any_lives({std::max(a, b)}); }, "what a function left behind lives on");
    until([&] { return spawners(world).empty() && named(world.root(), "dumbwaiter-job").empty(); },
          "processes are left behind");
    traced.let_die();
    check_that_nothing_is_left(world);
}

TEST_CASE("a host ends also beside a process that a library left behind and that cannot die")
{
    World world;
    world.write(kTick + entry("daemon", "deaths.so:starts_daemon", "frequency = 3600\non_start = \"always\""),
                kUnwatched + "shutdown_grace = 1\n");
    const auto host = started(world);
    for (const char* name : {"tick", "daemon"}) world.wait_for(name, 1);
    const int immortal = world.reading("daemon")["value"];
    Immortal traced(immortal);
    if (!traced.fault().empty()) {
        MESSAGE("skipped: ", traced.fault());
        return;
    }
    ::kill(host->pid(), SIGTERM);
    until([&] { return !host->is_running(); }, "it does not end");
    CHECK(host->wait() == 0);
    CHECK(any_is_there({immortal}));
    traced.let_die();
    check_that_nothing_is_left(world);
}

TEST_CASE("a host whose spawner and standby are both killed says so, exits 1, and has lost nothing")
{
    World world;
    world.write(kTick, "commit_interval = 0\nwatch = false\n");
    auto host = started(world);
    world.wait_for("tick", 5);
    // In this order nobody can take over in between.
    for (const int pid : spawners(world)) ::kill(pid, SIGSTOP);
    for (const int pid : standbys(world)) ::kill(pid, SIGKILL);
    for (const int pid : spawners(world)) ::kill(pid, SIGKILL);
    const uint64_t acknowledged = world.sequence("tick");
    CHECK(host->wait() == 1);
    CHECK(has(host->log(), "the process that makes the children was killed"));
    CHECK(world.sequence("tick") >= acknowledged);
    CHECK(world.run({"verify"}).code == 0);
    host = started(world);
    check_that_it_goes_on(world, "tick");
    CHECK(host->stop(SIGTERM) == 0);
    check_that_nothing_is_left(world);
}
