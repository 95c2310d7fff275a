// SPDX-License-Identifier: BSD-3-Clause
//
// One bad function never hurts another: what dies, hangs or leaves in a child, seen from outside.
#include <doctest/doctest.h>
#include <signal.h>

#include <set>

#include "processes.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

const std::string kTick = entry("tick", "tick.so:tick", "frequency = 0.05\non_start = \"always\"");
const std::string kVolatile = "durability = \"volatile\"";

}  // namespace

TEST_CASE("a function that kills its child is reported by its cause, and nobody else notices")
{
    struct Row {
        const char *function, *cause;
    };
    for (const Row& row :
         {Row{"crashes.so:segv", "SIGSEGV"}, Row{"crashes.so:aborts", "SIGABRT"},
          Row{"crashes.so:exits", "exited with 7"}, Row{"crashes.so:leaves", "exited with 0"},
          Row{"crashes.so:overflows", "SIGSEGV"}, Row{"deaths.so:divides", "SIGFPE"}, Row{"deaths.so:beyond", "SIGBUS"},
          Row{"deaths.so:ends_thread", "pthread_exit"}, Row{"deaths.so:trap", "SIG"}}) {
        CAPTURE(std::string(row.function));
        World world;
        world.write(entry("bad", row.function, "frequency = 0.2") + kTick, kVolatile);
        const auto host = world.start();
        world.wait_for_errors("bad");
        const auto report = world.errors("bad").front();
        CHECK(report["outcome"] == "crashed");
        CHECK_MESSAGE(has(report["text"], row.cause), report["text"]);
        const uint64_t seen = world.sequence("tick");
        world.wait_for("tick", seen + 10);
        CHECK(world.errors("tick").empty());
        CHECK(world.reading("bad").is_null());
        // Its static data was never made anew.
        const auto reading = world.reading("tick");
        CHECK(reading["value"] == reading["sequence"]);
        CHECK(host->stop(SIGTERM) == 0);
    }
}

TEST_CASE("functions of the same library go on, and what died along runs again without a report")
{
    World world;
    world.write(entry("bad", "crashes.so:segv", "frequency = 0.3") +
                    entry("slow", "deaths.so:slow", "frequency = 0.3\ngroup = \"both\"") +
                    entry("worse", "deaths.so:divides_later", "frequency = 1\ngroup = \"both\""),
                kVolatile + "\nworkers = 4");
    const auto host = world.start();
    world.wait_for_errors("worse", 2);
    world.wait_for("slow", 2);
    CHECK(world.errors("slow").empty());
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("the fifth death within a minute puts a function into quarantine, and list says so")
{
    World world;
    world.write(entry("bad", "crashes.so:exits", "frequency = 0.1"), kVolatile);
    const auto host = world.start();
    until([&] { return has(world.run({"list", "--json"}).out, "\"quarantined\":true"); }, "no quarantine came");
    CHECK(world.errors("bad").front()["sequence"] == 5);
    CHECK(has(host->log(), "quarantine"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a function that runs past its timeout is ended, and the report says where it hung")
{
    World world;
    world.write(entry("bad", "hangs.so:forever", "frequency = 0.3\ntimeout = 0.1") +
                    entry("deaf", "deaths.so:deaf", "frequency = 0.3\ntimeout = 0.1") + kTick,
                kVolatile);
    const auto host = world.start();
    world.wait_for_errors("bad");
    world.wait_for_errors("deaf");
    const auto report = world.errors("bad").front();
    CHECK(report["outcome"] == "timed out");
    CHECK(has(report["text"], "timed out after 0.1 s"));
    CHECK_MESSAGE(has(report["text"], "hangs.so+0x"), report["text"]);
    CHECK_MESSAGE(has(report["text"], " (forever)"), report["text"]);
    CHECK(world.errors("deaf").front()["outcome"] == "timed out");  // it ignores SIGTERM
    CHECK(world.errors("tick").empty());
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a child killed from outside is made again, and nobody is blamed")
{
    World world;
    world.write(kTick, kVolatile);
    const auto host = world.start();
    world.wait_for("tick", 3);
    Json child;
    until(
        [&] {
            child = world.status()["children"][0];
            return !child["pid"].is_null();
        },
        "status does not tell the child's pid");
    CHECK(child["library"] == "tick.so");
    CHECK(has(world.run({"status"}).out, "children     1, 0 restarts"));
    ::kill(child["pid"].get<int>(), SIGKILL);
    const uint64_t seen = world.sequence("tick");
    world.wait_for("tick", seen + 5);
    CHECK(world.errors("tick").empty());
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("children and what they started die with the host, also when it is killed")
{
    for (const int number : {SIGKILL, SIGTERM}) {
        CAPTURE(number);
        World world;
        world.write(entry("parent", "deaths.so:starts_daemon", "on_start = \"always\"") +
                        entry("hang", "hangs.so:forever", "on_start = \"always\""),
                    kVolatile + "\nshutdown_grace = 0.2");
        const auto host = world.start();
        world.wait_for("parent", 1);
        const int daemon = world.reading("parent")["value"];
        std::set<int> below = family(host->pid());
        below.insert(daemon);
        CHECK(below.size() >= 4);  // the spawner, two children, and the daemon
        host->stop(number);
        until([&] { return !any_lives(below); }, "something outlived the host");
    }
}

TEST_CASE("a child has no descriptors but the standard ones and its channel")
{
    World world;
    world.write(entry("open", "deaths.so:descriptors"));
    REQUIRE(world.once().code == 0);
    CHECK(world.reading("open")["value"] == "0 1 2 3");
}

TEST_CASE("what a library prints goes into the log, with its name")
{
    World world;
    world.write(entry("loud", "deaths.so:prints"));
    const Done done = world.once();
    CHECK(has(done.err, "to stdout"));
    CHECK(has(done.err, "to stderr"));
    CHECK(has(done.err, "library=deaths.so"));
}

TEST_CASE("one word moves a function between a child and the host, and nothing else changes")
{
    for (const char* isolation : {"process", "thread"}) {
        CAPTURE(isolation);
        World world;
        world.write(
            entry("tick", "tick.so:tick", "frequency = 0.05") + entry("next", "chain.so:successor", "frequency = 0.05"),
            kVolatile + "\nisolation = \"" + std::string(isolation) + "\"");
        const auto host = world.start();
        world.wait_for("next", 5);
        const auto reading = world.reading("next");
        CHECK(reading["value"] == reading["sequence"]);
        CHECK(world.status()["children"].size() == (isolation[0] == 'p' ? 2 : 0));
        CHECK(host->stop(SIGTERM) == 0);
    }
}

TEST_CASE("results up to the limit cross whole, one past it is a report")
{
    World world;
    world.write(entry("large", "deaths.so:bytes", "args = [3000000]\nserializer = \"raw\"") +
                    entry("larger", "deaths.so:bytes", "args = [4194305]\nserializer = \"raw\""),
                "[limits]\nresult_size = \"4MiB\"");
    CHECK(world.once().code == 1);
    CHECK(world.run({"get", "large", "--raw"}).out == std::string(3000000, 'x'));
    CHECK(world.errors("larger").front()["outcome"] == "too large");
}

TEST_CASE("in thread mode a timeout is reported while the function still runs, and its thread is counted as lost")
{
    World world;
    world.write(entry("bad", "hangs.so:forever", "frequency = 0.3\ntimeout = 0.1") +
                    entry("tick", "tick.so:tick", "frequency = 0.05\non_start = \"always\""),
                "durability = \"volatile\"\nisolation = \"thread\"\nworkers = 1\nshutdown_grace = 0.1");
    const auto host = world.start();
    until([&] { return !world.errors("bad").empty(); }, "no report came");
    const auto report = world.errors("bad").front();
    CHECK(report["outcome"] == "timed out");
    CHECK_MESSAGE(has(report["text"], "timed out after 0.1 s, and still runs; stack: "), report["text"]);
    until(
        [&] {
            return world.run({"status", "--json"}).json()["lost_threads"] == 1;
        },
        "status tells of no lost thread");
    // The only worker hangs; another took its place.
    world.wait_for("tick", world.sequence("tick") + 5);
    CHECK(world.errors("bad").size() == 1);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("limits of a library hold in its child, and the report names them")
{
    struct Row {
        const char *function, *limits, *text;
    };
    for (const Row& row :
         {Row{"deaths.so:bytes\"\nargs = [200000000]\nserializer = \"raw", "memory = \"64MiB\"", "no memory"},
          Row{"deaths.so:spins", "cpu_seconds = 1", "SIGXCPU: used more than cpu_seconds = 1"}}) {
        CAPTURE(std::string(row.limits));
        World world;
        world.write(entry("bad", row.function) + "[library.\"deaths.so\"]\n" + row.limits);
        CHECK(world.once().code == 1);
        const auto reports = world.errors("bad");
        REQUIRE(!reports.empty());
        CHECK_MESSAGE(has(reports.front()["text"], row.text), reports.front()["text"]);
    }
}

TEST_CASE("a strict sandbox keeps a library from files that were not allowed")
{
    World world;
    world.write_file("open.txt", "x");
    world.write_file("closed.txt", "x");
    const std::string folder = world.root().string();
    world.write(entry("may", "deaths.so:opens", "args = [\"" + folder + "/open.txt\"]") +
                entry("may_not", "deaths.so:opens", "args = [\"" + folder + "/closed.txt\"]") +
                "[library.\"deaths.so\"]\nsandbox = \"strict\"\nallow_read = [\"" + folder + "/open.txt\"]\n");
    const Done done = world.once();
    if (done.code == 2) {
        MESSAGE("skipped: " << done.err);  // the kernel lacks Landlock
        return;
    }
    CHECK(world.reading("may")["value"] == true);
    CHECK(world.errors("may").empty());
    const auto reports = world.errors("may_not");
    REQUIRE(reports.size() == 1);
    CHECK(reports.front()["text"] == "it cannot be opened");
}

TEST_CASE("Python that waits inside C at its deadline is ended, and the others of its child go on")
{
    if (!std::filesystem::exists(shipped_plugin("libpython.so"))) return;
    World world;
    const std::string call = shipped_plugin("libpython.so").string() + ":call";
    world.write(
        entry("sleeps", call, "args = [\"time.sleep\", 100]\nfrequency = 1\ntimeout = 0.3") +
            entry("spins", call,
                  "args = [\"spin.spin\"]\nkwargs = { \"python.path\" = [\".\"] }\nfrequency = 1\ntimeout = 0.3") +
            entry("clock", call, "args = [\"time.time\"]\nfrequency = 0.1"),
        kVolatile + "\nworkers = 4");
    world.write_file("spin.py", "def spin():\n    while True:\n        pass\n");
    const auto host = world.start();
    world.wait_for_errors("sleeps", 2);
    world.wait_for_errors("spins", 2);
    world.wait_for("clock", world.sequence("clock") + 5);
    for (const char* name : {"sleeps", "spins"}) {
        const auto report = world.errors(name).front();
        CHECK(report["outcome"] == "timed out");
        CHECK_MESSAGE(has(report["text"], "timed out after 0.3 s"), report["text"]);
    }
    CHECK(world.errors("clock").empty());
    host->wait_for_log("at its deadline in spin (");
    CHECK(host->stop(SIGTERM) == 0);
}
