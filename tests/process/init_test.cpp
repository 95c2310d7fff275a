// SPDX-License-Identifier: BSD-3-Clause
//
// A host on whose process orphans land: pid 1 of a container, and a subreaper.
#include <doctest/doctest.h>

#include <signal.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "live_changes.hpp"
#include "processes.hpp"

using namespace dumbwaiter::test;

namespace {

const std::vector<std::string> kAsSubreaper = {AS_SUBREAPER};
const std::vector<std::string> kInContainer = {"/usr/bin/unshare", "--user",      "--map-root-user", "--pid",
                                               "--fork",           "--mount-proc"};

std::vector<std::string> by(std::vector<std::string> command, const std::vector<std::string>& more)
{
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

std::vector<std::string> host_by(const World& world, const std::vector<std::string>& command)
{
    return by(command, {program("run_dumbwaiter").string(), "--manifest", world.manifest().string()});
}

// Containers may be forbidden here.
bool is_possible(World& world, const std::vector<std::string>& command)
{
    const std::vector<std::string> rest(command.begin() + 1, command.end());
    if (world.run_program(command.front(), by(rest, {"true"})).code == 0) return true;
    MESSAGE("skipped: " << command.front() << " cannot make a pid namespace here");
    return false;
}

std::set<int> children(int parent, bool zombies)
{
    std::set<int> found;
    for (const Process& one : processes()) {
        if (one.parent == parent && (one.state == 'Z') == zombies) found.insert(one.pid);
    }
    return found;
}

int only_child(int parent)
{
    std::set<int> found;
    until([&] { return (found = children(parent, false)).size() == 1; }, "there is no one process below it");
    return *found.begin();
}

// The process that the orphans land on leaves none of them unburied, whichever process of a spawner is killed.
void check_that_orphans_are_buried(const World& world, int top)
{
    for (const char* victims : {"dumbwaiter-spwn", "dumbwaiter-stby", "dumbwaiter-spwn"}) {
        CAPTURE(victims);
        const auto all_there = [&] {
            return named(world.root(), "dumbwaiter-spwn").size() == 1 &&
                   named(world.root(), "dumbwaiter-stby").size() == 1 &&
                   named(world.root(), "dumbwaiter-job").size() == 1;
        };
        until(all_there, "not all are there");
        const std::set<int> dying = named(world.root(), victims);
        for (const int pid : dying) ::kill(pid, SIGKILL);
        until([&] { return !any_lives(dying); }, "it does not die");
        until(all_there, "none came in its place");
    }
    until([&] { return children(top, true).empty(); }, "zombies are left");
}

}  // namespace

TEST_CASE("as pid 1 of a container the host leaves no zombies, and ends at SIGTERM as elsewhere")
{
    World world;
    if (!is_possible(world, kInContainer)) return;
    world.write(kTick, kUnwatched);
    const auto host = world.start_by(host_by(world, kInContainer));
    const int top = only_child(host->pid());
    check_that_orphans_are_buried(world, top);
    ::kill(top, SIGTERM);
    CHECK(host->wait() == 0);
    CHECK(has(host->log(), "stopped"));
    CHECK(world.sequence("tick") > 0);
    CHECK(world.errors("tick").empty());
}

TEST_CASE("as pid 1 of a container the host's exit code is its own")
{
    World world;
    if (!is_possible(world, kInContainer)) return;
    for (const auto& [function, code] : {std::pair("tick.so:fails", 1), std::pair("tick.so:tick", 0)}) {
        world.write(entry("one", function), kUnwatched);
        CHECK(world.start_by(by(host_by(world, kInContainer), {"--once"}))->wait() == code);
    }
}

TEST_CASE("as a subreaper the host leaves no zombies, and takes no child from a function that waits for it")
{
    World world;
    const std::string command = shipped_plugin("libexec.so").string() + ":run";
    world.write(kTick + entry("waits", command,
                              "frequency = 0.05\nisolation = \"thread\"\nargs = [\"sh\", \"-c\", \"sleep 0.05\"]"),
                kUnwatched);
    const auto host = world.start_by(host_by(world, kAsSubreaper));
    world.wait_for("waits", 1);
    check_that_orphans_are_buried(world, host->pid());
    world.wait_for("waits", world.sequence("waits") + 5);
    CHECK(world.errors("waits").empty());
    CHECK(host->stop(SIGTERM) == 0);
}

// As service managers and shells do it: to the host and to the process before it, which hands it on.
TEST_CASE("a signal for all processes of a host that is a subreaper counts once for it, two to one of them twice")
{
    for (const bool is_for_all : {true, false}) {
        CAPTURE(is_for_all);
        World world;
        world.write(entry("stays", "hangs.so:stubbornly") + kTick, kUnwatched + "shutdown_grace = 2\n");
        const auto host = world.start_by(host_by(world, kAsSubreaper));
        world.wait_for("tick", 1);
        const int below = only_child(host->pid());
        ::kill(below, SIGTERM);
        until([&] { return has(host->log(), "stopping"); }, "it does not stop");
        ::kill(is_for_all ? host->pid() : below, SIGTERM);
        CHECK(host->wait() == (is_for_all ? 0 : 130));
    }
}

TEST_CASE("a host that is killed as a subreaper leaves nothing behind, whichever of its two processes that is")
{
    for (const bool is_first : {true, false}) {
        CAPTURE(is_first);
        World world;
        world.write(kTick, kUnwatched);
        const auto host = world.start_by(host_by(world, kAsSubreaper));
        world.wait_for("tick", 1);
        const std::set<int> all = family(host->pid());
        ::kill(is_first ? host->pid() : only_child(host->pid()), SIGKILL);
        CHECK(host->wait() == 128 + SIGKILL);
        until([&] { return !any_lives(all); }, "processes are left behind");
    }
}
