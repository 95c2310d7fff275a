// SPDX-License-Identifier: BSD-3-Clause
//
// A manifest and libraries that change under a running host.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <dumbwaiter/reader.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

const std::string kSettings = "durability = \"volatile\"\ncommit_interval = 0\n";
// Where the tests change things by hand, the watcher would come first.
const std::string kUnwatched = kSettings + "watch = false\n";
const std::string kTick = entry("tick", "tick.so:tick", "frequency = 0.05");

std::unique_ptr<Host> started(World& world)
{
    auto host = world.start();
    until([&] { return world.run({"status"}).code == 0; }, "the host did not come up");
    return host;
}

Done reload(World& world)
{
    return world.run({"reload", "--store", world.store().string()});
}

// Its child counts: who was started anew counts from 1 again.
bool counts_on(World& world, const std::string& name)
{
    const Json reading = world.reading(name);
    return reading["value"] == reading["sequence"];
}

// Seconds from the end of its newest value's run to the end of its freshness.
double freshness(World& world, const std::string& name)
{
    const auto reading = dumbwaiter::Reader(world.store().string()).get(name);
    return static_cast<double>(reading->fresh_until().unix_ns - reading->finished().unix_ns) / 1e9;
}

// As a person copies it: written beside, then moved over.
void put_library(World& world, const std::filesystem::path& library, const std::string& name)
{
    const auto folder = world.root() / "dropped";
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(library, folder / "copy", std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(folder / "copy", folder / name);
}

}  // namespace

TEST_CASE("a reload starts what is new, stops what is gone, and leaves the rest alone")
{
    World world;
    world.write(kTick + entry("gone", "tick.so:sequence", "frequency = 0.05"), kUnwatched);
    const auto host = started(world);
    world.wait_for("tick", 3);
    world.write(kTick + entry("fresh", "echo.so:echo", "frequency = 0.05") +
                    entry("beside", "tick.so:tick", "frequency = 0.05"),
                kUnwatched);
    const Done diff = world.run({"check", "--diff"});
    CHECK(diff.code == 0);
    CHECK(diff.out == "+ beside\n+ fresh\n- gone\n");
    CHECK(world.reading("fresh").is_null());
    const Done done = reload(world);
    CHECK(done.code == 0);
    CHECK(done.out == diff.out);
    CHECK(reload(world).out == "nothing changes\n");
    world.wait_for("fresh", 2);
    world.wait_for("beside", 2);
    const uint64_t last = world.sequence("gone");
    world.wait_for("tick", world.sequence("tick") + 5);
    CHECK(world.sequence("gone") == last);
    CHECK(counts_on(world, "tick"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a manifest at fault changes nothing, and says where the fault is")
{
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    world.wait_for("tick", 2);
    world.write(kTick + entry("bad", "tick.so:tock"), kUnwatched);
    const Done done = reload(world);
    CHECK(done.code == 2);
    CHECK(has(done.err, "dumbwaiter.toml:"));
    CHECK(has(done.err, "tock"));
    CHECK(!world.status()["manifest_fault"].is_null());
    const uint64_t before = world.sequence("tick");
    world.wait_for("tick", before + 3);
    CHECK(counts_on(world, "tick"));
    CHECK(has(host->log(), "refused"));
    world.write(kTick, kUnwatched);
    CHECK(reload(world).code == 0);
    CHECK(world.status()["manifest_fault"].is_null());
    CHECK(host->stop(SIGTERM) == 0);
}

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

TEST_CASE("the store cannot be moved under a running host")
{
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    world.write_file("dumbwaiter.toml", "[dumbwaiter]\nstore = \"elsewhere\"\nplugin_path = [\"" +
                                            test_plugin("tick.so").parent_path().string() + "\"]\n" + kUnwatched +
                                            kTick);
    const Done done = reload(world);
    CHECK(done.code == 2);
    CHECK(has(done.err, "restart"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("of a manifest that cannot be read it is said where it breaks off, and nothing of its store")
{
    World world;
    world.write(kTick, kUnwatched);
    const auto host = started(world);
    world.write(kTick + "[functions.bad\n", kUnwatched);
    const Done done = reload(world);
    CHECK(done.code == 2);
    CHECK_MESSAGE(has(done.err, "dumbwaiter.toml:11:"), done.err);
    CHECK_FALSE(has(done.err, "store"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("SIGHUP takes over a changed manifest, and so does the watcher by itself")
{
    for (const bool is_watched : {false, true}) {
        CAPTURE(is_watched);
        World world;
        world.write(kTick, is_watched ? kSettings : kUnwatched);
        const auto host = started(world);
        world.write(kTick + entry("fresh", "echo.so:echo", "frequency = 0.05"), is_watched ? kSettings : kUnwatched);
        if (!is_watched) host->send(SIGHUP);
        world.wait_for("fresh", 1);
        CHECK(host->stop(SIGTERM) == 0);
    }
}

TEST_CASE("a library that is replaced takes over by itself, and a broken one does not")
{
    for (const char* isolation : {"process", "thread"}) {
        CAPTURE(isolation);
        World world;
        put_library(world, test_plugin("version_1.so"), "version.so");
        const std::string function = entry("v", "./dropped/version.so:version",
                                           "frequency = 0.05\nisolation = \"" + std::string(isolation) + "\"");
        world.write(kTick + function, kSettings);
        const auto host = started(world);
        world.wait_for("v", 1);
        CHECK(world.reading("v")["value"] == 1);
        put_library(world, test_plugin("version_2.so"), "version.so");
        until([&] { return world.reading("v")["value"] == 2; }, "the new version did not take over");
        world.write_file("dropped/version.so", "this is no library");
        until([&] { return !world.status()["manifest_fault"].is_null(); }, "the refusal does not show in status");
        const uint64_t before = world.sequence("v");
        world.wait_for("v", before + 3);
        CHECK(world.reading("v")["value"] == 2);
        CHECK(world.errors("v").empty());
        CHECK(counts_on(world, "tick"));
        CHECK(host->stop(SIGTERM) == 0);
    }
}

TEST_CASE("a function that hangs does not keep its new version from running")
{
    World world;
    world.write(kTick + entry("f", "hangs.so:forever", "frequency = 0.05"), kUnwatched + "shutdown_grace = 0.2\n");
    const auto host = started(world);
    until([&] { return has(world.run({"status", "--json"}).out, "\"stuck\":[{"); }, "it does not hang");
    world.write(kTick + entry("f", "echo.so:echo", "frequency = 0.05"), kUnwatched + "shutdown_grace = 0.2\n");
    CHECK(reload(world).out == "~ f\n");
    world.wait_for("f", 2);
    until([&] { return world.status()["children"].size() == 2; }, "the old child is still there");
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("what is asked of a function between a reload and its coming home holds")
{
    World world;
    const std::string slow = "tick.so:slow_tick";
    const std::string other = entry("other", "tick.so:tick", "frequency = 0.05\nisolation = \"thread\"");
    const auto f = [&](const std::string& more) { return other + entry("f", slow, "frequency = 0.5\n" + more); };
    world.write(f(""), kUnwatched);
    const auto host = started(world);
    world.wait_for("f", 1);
    // Two reloads during one invocation: the second one finds the new code in its place already.
    for (int i = 0; i < 3; ++i) {
        world.run({"refresh", "f"});
        world.write(f("isolation = \"thread\""), kUnwatched);
        reload(world);
        world.write(f("isolation = \"thread\"\nmax_saved = 5"), kUnwatched);
        reload(world);
        world.wait_for("f", world.sequence("f") + 2);
        world.write(f(""), kUnwatched);
        reload(world);
    }
    // A pause that comes then.
    world.write(f("timeout = 20"), kUnwatched);
    reload(world);
    CHECK(world.run({"pause", "f"}).code == 0);
    world.wait_for("other", world.sequence("other") + 10);
    const uint64_t held = world.sequence("f");
    world.wait_for("other", world.sequence("other") + 25);
    CHECK(world.sequence("f") == held);
    // And a resume.
    std::thread refresh([&] {
        dumbwaiter::Reader(world.store().string()).get_fresh("f", std::chrono::seconds(0), std::chrono::seconds(20));
    });
    world.write(f("timeout = 21"), kUnwatched);
    reload(world);
    CHECK(world.run({"resume", "f"}).code == 0);
    refresh.join();
    world.wait_for("f", held + 3);
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

TEST_CASE("an input that comes while its follower is being changed is not lost")
{
    World world;
    const auto text = [&](const std::string& more) {
        return entry("a", "tick.so:tick", "frequency = 3600\non_start = \"always\"") +
               entry("f", "tick.so:slow_tick", "after = [\"a\"]\n" + more);
    };
    world.write(text(""), kUnwatched);
    const auto host = started(world);
    world.wait_for("f", 1);
    for (int i = 0; i < 3; ++i) {
        const uint64_t before = world.sequence("f");
        world.run({"refresh", "a"});  // f runs now
        world.write(text("timeout = " + std::to_string(10 + i)), kUnwatched);
        reload(world);
        world.run({"refresh", "a"});
        world.wait_for("f", before + 2);
    }
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("functions of one library that were changed one by one end up in few children")
{
    World world;
    const auto text = [](int changed) {
        std::string all;
        for (int i = 0; i < 12; ++i) {
            all += entry("f" + std::to_string(i), "echo.so:echo",
                         "frequency = 0.1\nargs = [" + std::to_string(i <= changed) + "]");
        }
        return all;
    };
    world.write(text(-1), kUnwatched + "shutdown_grace = 0.1\n");
    const auto host = started(world);
    for (int i = 0; i < 12; ++i) {
        world.write(text(i), kUnwatched + "shutdown_grace = 0.1\n");
        CHECK(reload(world).out == "~ f" + std::to_string(i) + "\n");
    }
    until([&] { return world.status()["children"].size() <= 5; }, "there are too many children");
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
