// SPDX-License-Identifier: BSD-3-Clause
//
// What a reload makes of one function: its records, its freshness, and whether it runs.
#include <doctest/doctest.h>

#include <csignal>
#include <dumbwaiter/reader.hpp>
#include <filesystem>
#include <string>
#include <thread>

#include "live_changes.hpp"

using namespace dumbwaiter::test;

namespace {

// Seconds from the end of its newest value's run to the end of its freshness.
double freshness(World& world, const std::string& name)
{
    const auto reading = dumbwaiter::Reader(world.store().string()).get(name);
    return static_cast<double>(reading->fresh_until().unix_ns - reading->finished().unix_ns) / 1e9;
}

}  // namespace

TEST_CASE("a value lasts as long as the manifest of a new start says")
{
    World world;
    world.write(entry("tick", "tick.so:tick", "frequency = 0.1"));
    REQUIRE(world.once().code == 0);
    until([&] { return world.reading("tick")["state"] == "stale"; }, "it stays fresh");
    world.write(entry("tick", "tick.so:tick", "frequency = 3600\non_start = \"never\""));
    auto host = started(world);
    until([&] { return world.reading("tick")["state"] == "fresh"; }, "it is as stale as it was");
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.run({"verify"}).code == 0);
    world.write(entry("tick", "tick.so:tick", "frequency = 0.1\non_start = \"never\"\nenabled = false") +
                entry("other", "tick.so:tick", "frequency = 3600"));
    host = started(world);
    until([&] { return world.reading("tick")["state"] == "stale"; }, "it is as fresh as it was");
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.sequence("tick") == 1);
}

TEST_CASE("arguments, schedule and place of a function can change, and its sequence goes on")
{
    const char* const changes[] = {
        "args = [2]\nfrequency = 0.05",
        "args = [1]\nfrequency = 0.07",
        "args = [1]\nfrequency = 0.05\nisolation = \"thread\"",
        "args = [1]\nfrequency = 0.05\ngroup = \"own\"",
        "args = [1]\nfrequency = 0.05\ntimeout = 30",
        "args = [1]\nfrequency = 0.05\nserializer = \"msgpack\"",
    };
    World world;
    world.write(entry("f", "echo.so:echo", "args = [1]\nfrequency = 0.05"), kUnwatched);
    const auto host = started(world);
    world.wait_for("f", 1);
    for (const char* change : changes) {
        CAPTURE(change);
        world.write(entry("f", "echo.so:echo", change), kUnwatched);
        const Done done = reload(world);
        CHECK(done.out == "~ f\n");
        world.wait_for("f", world.sequence("f") + 2);
        CHECK(world.errors("f").empty());
        CHECK(world.run({"verify"}).code == 0);
    }
    CHECK(world.reading("f")["serializer"] == "msgpack");
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a function that is disabled stops, and one that is enabled again goes on")
{
    World world;
    world.write(kTick + entry("f", "echo.so:echo", "frequency = 0.05"), kUnwatched);
    const auto host = started(world);
    world.wait_for("f", 1);
    world.write(kTick + entry("f", "echo.so:echo", "frequency = 0.05\nenabled = false"), kUnwatched);
    CHECK(reload(world).out == "~ f\n");
    const uint64_t last = world.sequence("f");
    world.wait_for("tick", world.sequence("tick") + 5);
    CHECK(world.sequence("f") <= last + 1);  // one may have been under way
    world.write(kTick + entry("f", "echo.so:echo", "frequency = 0.05"), kUnwatched);
    CHECK(reload(world).out == "~ f\n");
    world.wait_for("f", last + 3);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("resume does not start what the manifest has disabled")
{
    World world;
    world.write(kTick + entry("f", "echo.so:echo", "frequency = 0.05"), kUnwatched);
    const auto host = started(world);
    world.wait_for("f", 1);
    CHECK(world.run({"pause", "f"}).code == 0);
    world.write(kTick + entry("f", "echo.so:echo", "frequency = 0.05\nenabled = false"), kUnwatched);
    CHECK(reload(world).code == 0);
    world.run({"resume", "f"});
    const uint64_t last = world.sequence("f");
    world.wait_for("tick", world.sequence("tick") + 10);
    CHECK(world.sequence("f") == last);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a name that left and comes back counts on where it stopped")
{
    World world;
    const std::string f = entry("f", "echo.so:echo", "frequency = 0.05");
    world.write(kTick + f, kUnwatched);
    const auto host = started(world);
    world.wait_for("f", 3);
    world.write(kTick, kUnwatched);
    CHECK(reload(world).out == "- f\n");
    const uint64_t last = world.sequence("f");
    world.write(kTick + f, kUnwatched);
    CHECK(reload(world).out == "+ f\n");
    world.wait_for("f", last + 2);
    for (const Json& one : world.history("f")) CHECK(one["sequence"] <= world.sequence("f"));
    CHECK(world.run({"verify"}).code == 0);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a name that was forgotten and comes back counts from 1, also after the host was killed")
{
    World world;
    const std::string f = entry("f", "echo.so:echo", "frequency = 0.05");
    world.write(kTick + f, kUnwatched);
    auto host = started(world);
    world.wait_for("f", 5);
    CHECK(host->stop(SIGTERM) == 0);
    host = started(world);
    world.wait_for("f", 6);
    world.write(kTick, kUnwatched);
    CHECK(reload(world).code == 0);
    until([&] { return world.run({"forget", "f"}).code == 0; }, "it cannot be forgotten");
    world.write(kTick + f, kUnwatched);
    CHECK(reload(world).code == 0);
    world.wait_for("f", 2);
    const uint64_t reached = world.sequence("f");
    host->stop(SIGKILL);
    host = started(world);
    world.wait_for("f", reached + 2);
    CHECK(world.sequence("f") < reached + 100);
    CHECK(world.history("f").back()["sequence"] >= 1);
    uint64_t newer = 0;
    for (const Json& one : world.history("f")) {
        if (newer != 0) CHECK(one["sequence"] == newer - 1);
        newer = one["sequence"];
    }
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a value that comes home after its schedule was changed is fresh for as long as the new one says")
{
    for (const char* stays : {"false", "true"}) {
        CAPTURE(stays);
        World world;
        const auto text = [&](const char* frequency) {
            return entry("f", "unchanged.so:held",
                         std::string("args = [") + stays + "]\non_start = \"always\"\nfrequency = " + frequency);
        };
        world.write(text("2000000"), kUnwatched);
        const auto host = started(world);
        world.wait_for("f", 1);
        const std::string before = world.reading("f")["finished"];
        world.write_file("hold", "");
        std::thread refresh([&] { world.run({"refresh", "f"}); });
        until([&] { return host->log().rfind("has begun") != host->log().find("has begun"); }, "it does not run again");
        world.write(text("1000000"), kUnwatched);
        CHECK(reload(world).out == "~ f\n");
        CHECK(freshness(world, "f") == 2000000);
        CHECK(world.reading("f")["finished"] == before);
        std::filesystem::remove(world.root() / "hold");
        refresh.join();
        until([&] { return world.reading("f")["finished"] != before; }, "it did not come home");
        until([&] { return freshness(world, "f") == 2000000; }, "it is fresh for as long as the schedule before said");
        CHECK(world.run({"get", "f"}).out == (stays == std::string("true") ? "1\n" : "2\n"));  // it ran once
        CHECK(host->stop(SIGTERM) == 0);
        CHECK(freshness(world, "f") == 2000000);
    }
}

TEST_CASE("a history that has not run since a reload made it shorter is no damage")
{
    World world;
    const auto with = [](const char* saved) {
        return entry("tick", "tick.so:tick", std::string("frequency = 0.05\nmax_saved = ") + saved) +
               entry("fails", "tick.so:fails", std::string("frequency = 0.05\nmax_saved = ") + saved);
    };
    world.write(with("20"), kUnwatched);
    const auto host = started(world);
    world.wait_for("tick", 10);
    until([&] { return world.errors("fails").size() >= 10; }, "it does not fail");
    CHECK(world.run({"pause", "tick"}).code == 0);
    CHECK(world.run({"pause", "fails"}).code == 0);
    world.write(with("3"), kUnwatched);
    CHECK(reload(world).code == 0);
    CHECK(world.history("tick").size() >= 10);
    CHECK(world.run({"verify"}).code == 0);
    CHECK(world.run({"backup", "copy"}).code == 0);
    CHECK(world.run({"resume", "tick"}).code == 0);
    CHECK(world.run({"resume", "fails"}).code == 0);
    world.wait_for("tick", world.sequence("tick") + 3);
    CHECK(world.history("tick").size() == 3);
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.run({"verify"}).code == 0);
}
