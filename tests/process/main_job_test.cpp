// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <signal.h>

#include <set>
#include <sstream>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

constexpr const char* kTick = "[functions.tick]\nfunction = \"tick.so:tick\"\nfrequency = 0.1\n";

std::vector<uint64_t> sequences(const std::vector<Json>& rows)
{
    std::vector<uint64_t> all;
    for (const Json& row : rows) all.push_back(row["sequence"].get<uint64_t>());
    return all;
}

// n, n - 1, ... : newest first, without a gap
void check_contiguous(const std::vector<Json>& rows)
{
    const auto all = sequences(rows);
    for (size_t i = 1; i < all.size(); ++i) CHECK(all[i] == all[i - 1] - 1);
}

}  // namespace

TEST_CASE("values are read by another process while the host runs, and history stays within its bound")
{
    World world;
    world.write(std::string(kTick) + "max_saved = 4\n[functions]\nshort = \"tick.so:sequence\"\n");
    const auto host = world.start();
    world.wait_for("tick", 8);
    const auto rows = world.history("tick");
    CHECK(rows.size() == 4);
    check_contiguous(rows);
    for (const Json& row : rows) CHECK(row["value"] == row["sequence"]);
    until([&] { return world.reading("tick")["state"] == "fresh"; }, "a function that runs is not fresh");
    CHECK(world.reading("short")["value"] == 1);
    CHECK(host->stop(SIGTERM) == 0);
    until([&] { return world.reading("tick")["state"] == "stale"; }, "a value that nobody renews is still fresh");
}

TEST_CASE("sequences and values survive a restart, without a gap")
{
    World world;
    world.write(std::string(kTick) + "max_saved = 1000\n");
    auto host = world.start();
    world.wait_for("tick", 3);
    CHECK(host->stop(SIGTERM) == 0);
    const auto old = world.history("tick");

    host = world.start();
    world.wait_for("tick", old.size() + 3);
    CHECK(host->stop(SIGTERM) == 0);
    const auto rows = world.history("tick");
    check_contiguous(rows);
    CHECK(rows.back()["sequence"] == 1);
    for (size_t i = 0; i < old.size(); ++i) {
        const Json& kept = rows[rows.size() - old.size() + i];
        for (const char* field : {"sequence", "value", "due", "started", "finished"})
            CHECK(kept[field] == old[i][field]);
    }
    CHECK(rows[rows.size() - old.size() - 1]["value"] == 1);  // a new host, a new library, the sequence goes on
    CHECK(world.run({"verify", "--store", world.store().string()}).code == 0);
}

TEST_CASE("--once runs every enabled function once, whatever on_start says, and tells a failure by its exit code")
{
    World world;
    const std::string functions =
        "[functions.never]\nfunction = \"tick.so:tick\"\non_start = \"never\"\n"
        "[functions.off]\nfunction = \"tick.so:tick\"\nenabled = false\n"
        "[functions.null]\nfunction = \"tick.so:silent\"\n";
    world.write(functions);
    CHECK(world.once().code == 0);
    CHECK(world.sequence("never") == 1);
    CHECK(world.sequence("off") == 0);
    CHECK(world.reading("null")["value"].is_null());
    CHECK(world.once().code == 0);
    CHECK(world.sequence("never") == 2);

    world.write(functions + "[functions.bad]\nfunction = \"tick.so:fails\"\n");
    CHECK(world.once().code == 1);
    CHECK(world.sequence("never") == 3);
    CHECK(world.errors("bad").size() == 1);
}

TEST_CASE("--once makes the retries as well, and a last attempt that works is no failure")
{
    World world;
    world.write(
        "[functions.retry]\nfunction = \"retry.so:error\"\nargs = [2]\nretry = { attempts = 2, delay = 0.01 }\n");
    CHECK(world.once().code == 0);
    CHECK(world.reading("retry")["value"] == 3);
    CHECK(world.errors("retry").size() == 2);
}

TEST_CASE("--for ends the host by itself with exit code 0")
{
    World world;
    world.write(kTick);
    CHECK(world.start({"--for", "1"})->wait() == 0);
    CHECK(world.sequence("tick") >= 1);
}

TEST_CASE("--store goes before the manifest's")
{
    World world;
    world.write(kTick);
    const std::string other = (world.root() / "other").string();
    CHECK(world
              .run_program(program("run_dumbwaiter"),
                           {"--manifest", world.manifest().string(), "--once", "--store", other})
              .code == 0);
    CHECK(world.run({"get", "tick", "--store", other}).out == "1\n");
    CHECK_FALSE(std::filesystem::exists(world.store()));
}

TEST_CASE("on_start = stale does not run what is fresh enough, always does, never waits")
{
    World world;
    const auto entry = [](const char* name, const char* on_start) {
        return std::string("[functions.") + name +
               "]\nfunction = \"tick.so:sequence\"\nfrequency = 3600\non_start = \"" + on_start + "\"\n";
    };
    world.write(entry("stale", "stale") + entry("always", "always") + entry("never", "never"));
    auto host = world.start();
    world.wait_for("stale", 1);
    world.wait_for("always", 1);
    CHECK(host->stop(SIGTERM) == 0);
    host = world.start();
    world.wait_for("always", 2);
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.sequence("stale") == 1);
    CHECK(world.sequence("never") == 0);
}

TEST_CASE("a second host on the same store is refused with exit code 3, and the first one's pid")
{
    World world;
    world.write(kTick);
    const auto first = world.start();
    world.wait_for("tick", 1);
    for (int refusal = 0; refusal < 3; ++refusal) {
        const auto second = world.start();
        CHECK(second->wait() == 3);
        CHECK(has(second->log(), std::to_string(first->pid())));
    }
    const uint64_t before = world.sequence("tick");
    world.wait_for("tick", before + 2);
    CHECK(first->stop(SIGTERM) == 0);
}

TEST_CASE("SIGTERM asks what runs to end, and stores what is done within the grace")
{
    World world;
    world.write(
        "[functions.finishes]\nfunction = \"hangs.so:finishes\"\non_start = \"always\"\n"
        "[functions.politely]\nfunction = \"hangs.so:politely\"\non_start = \"always\"\n"
        "[functions.polls]\nfunction = \"polls.so:polls\"\non_start = \"always\"\n" +
            std::string(kTick),
        "shutdown_grace = 30");
    const auto host = world.start();
    world.wait_for("tick", 1);
    until([&] { return world.status()["running"] >= 3; }, "three functions do not run");
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.reading("finishes")["value"] == "in time");
    CHECK(world.errors("politely").empty());
    CHECK(world.errors("polls").empty());
}

TEST_CASE("a second interrupt leaves at once with 130")
{
    World world;
    world.write(entry("slow", "hangs.so:stubbornly", "on_start = \"always\""), "shutdown_grace = 60");
    const auto host = world.start();
    host->wait_for_log("running");
    until([&] { return world.status()["running"] == 1; }, "the function does not run");
    host->send(SIGINT);
    host->wait_for_log("stopping");
    CHECK(host->stop(SIGINT) == 130);
}

TEST_CASE("what ignores the grace is left behind: the host still ends with 0")
{
    World world;
    world.write("[functions.slow]\nfunction = \"hangs.so:forever\"\non_start = \"always\"\n" + std::string(kTick),
                "shutdown_grace = 0.2");
    const auto host = world.start();
    world.wait_for("tick", 20);  // for two seconds: a slot that hangs stops nobody else
    Json stuck;
    until(
        [&] {
            stuck = world.status()["stuck"];
            return !stuck.empty();
        },
        "status does not name what hangs");
    CHECK(stuck[0]["name"] == "slow");
    CHECK(stuck[0]["seconds"] >= 1.0);
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(has(host->log(), "slow"));
}

TEST_CASE("SIGHUP does not end the host")
{
    World world;
    world.write(kTick);
    const auto host = world.start();
    world.wait_for("tick", 1);
    host->send(SIGHUP);
    world.wait_for("tick", world.sequence("tick") + 3);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("one worker with threaded = false runs one invocation at a time")
{
    World world;
    world.write(
        "[functions.a]\nfunction = \"serial.so:parallel\"\nfrequency = 0.05\n"
        "[functions.b]\nfunction = \"serial.so:parallel\"\nfrequency = 0.05\n"
        "[functions.c]\nfunction = \"serial.so:parallel\"\nfrequency = 0.05\n",
        "threaded = false");
    const auto host = world.start();
    world.wait_for("a", 10);
    world.wait_for("c", 10);
    CHECK(host->stop(SIGTERM) == 0);
    for (const char* name : {"a", "b", "c"}) CHECK(world.errors(name).empty());
}

TEST_CASE("DW_SERIAL and DW_SERIAL_LIBRARY keep invocations apart")
{
    World world;
    std::string functions;
    for (const char* symbol : {"serial", "library_one", "library_two"}) {
        for (const char* copy : {"1", "2", "3"}) {
            functions += std::string("[functions.") + symbol + copy + "]\nfunction = \"serial.so:" + symbol +
                         "\"\nfrequency = 0.05\n";
        }
    }
    world.write(functions);
    const auto host = world.start({"--workers", "8"});
    world.wait_for("serial1", 3);
    world.wait_for("library_two3", 3);
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.run({"errors", "--store", world.store().string()}).out == "");
}

TEST_CASE("the log is one line an event, as text or as JSON, and --log-level cuts it")
{
    World world;
    world.write("[functions.logs]\nfunction = \"tick.so:logs\"\n");
    const auto run = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"--manifest", world.manifest().string(), "--once"});
        return world.run_program(program("run_dumbwaiter"), more).err;
    };
    const std::string text = run({"--log-level", "debug"});
    for (const char* line : {"a debug line", "an info line", "a warning line", "an error line"}) CHECK(has(text, line));
    const std::string few = run({"--log-level", "warning"});
    CHECK_FALSE(has(few, "an info line"));
    CHECK(has(few, "a warning line"));

    std::istringstream lines(run({"--log-format", "json"}));
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const Json event = Json::parse(line, nullptr, false);
        CHECK_MESSAGE(event.is_object(), line);
    }
    CHECK(count >= 3);
}
