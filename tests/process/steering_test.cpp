// SPDX-License-Identifier: BSD-3-Clause
//
// Steering a running host: refresh, pause, resume, forget, and refreshes that many share.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <dumbwaiter/reader.hpp>
#include <thread>

#include "live_changes.hpp"

using namespace dumbwaiter::test;

namespace {

constexpr auto kVolatile = "durability = \"volatile\"\ncommit_interval = 0";
const std::string kRare = "frequency = 3600\non_start = \"always\"";

Json row_of(World& world, const std::string& name)
{
    for (const Json& row : world.run({"list", "--json"}).json_lines()) {
        if (row["name"] == name) return row;
    }
    return {};
}

}  // namespace

TEST_CASE("refresh runs a function at once, shows its new value, and leaves its grid alone")
{
    World world;
    world.write(entry("count", "tick.so:tick", kRare), kVolatile);
    const auto host = world.start();
    world.wait_for("count", 1);
    const Json before = row_of(world, "count")["next_due"];
    const Done done = world.run({"refresh", "count", "--json"});
    CHECK(done.code == 0);
    CHECK(done.json()["sequence"] == 2);
    CHECK(row_of(world, "count")["next_due"] == before);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a refresh whose run fails says why")
{
    World world;
    world.write(entry("bad", "tick.so:fails", kRare) + entry("off", "tick.so:tick", "enabled = false"), kVolatile);
    const auto host = world.start();
    world.wait_for_errors("bad");
    const Done done = world.run({"refresh", "bad"});
    CHECK(done.code == 1);
    CHECK(has(done.err, "the well is dry"));
    const Done disabled = world.run({"refresh", "off"});
    CHECK(disabled.code == 1);
    CHECK(has(disabled.err, "enabled = false"));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a paused function does not run by itself, also after a restart, but a refresh runs it")
{
    World world;
    world.write(entry("count", "tick.so:tick", "frequency = 0.05"), kVolatile);
    auto host = world.start();
    world.wait_for("count", 2);
    CHECK(world.run({"pause", "count"}).code == 0);
    CHECK(row_of(world, "count")["paused"] == true);
    CHECK(world.status()["paused_functions"] == Json::array({"count"}));
    CHECK(row_of(world, "count")["next_due"] == nullptr);
    CHECK(host->stop(SIGTERM) == 0);
    const uint64_t held = world.sequence("count");
    host = started(world);
    CHECK(world.run({"refresh", "count"}).code == 0);
    CHECK(world.sequence("count") == held + 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // six due times
    CHECK(world.sequence("count") == held + 1);
    CHECK(world.run({"release", "count"}).code == 0);
    CHECK(row_of(world, "count")["paused"] == false);
    world.wait_for("count", held + 3);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("resume ends a quarantine and a function's own DW_DISABLE")
{
    World world;
    world.write(
        entry("bad", "crashes.so:exits", "frequency = 0.1") + entry("shy", "disable.so:disable", "frequency = 0.1"),
        kVolatile);
    const auto host = world.start();
    until([&] { return row_of(world, "bad")["quarantined"] == true; }, "no quarantine came");
    until([&] { return row_of(world, "shy")["off"] == true; }, "it was not turned off");
    CHECK(has(world.run({"refresh", "bad"}).err, "dumbwaiter resume bad"));
    const size_t before = world.errors("bad").front()["sequence"];
    CHECK(world.run({"resume", "bad"}).code == 0);
    CHECK(world.run({"resume", "shy"}).code == 0);
    CHECK(has(host->log(), "goes on name=bad"));
    until([&] { return world.errors("bad").front()["sequence"] > before; }, "bad did not run again");
    until([&] { return world.errors("shy").front()["sequence"] > 1; }, "shy did not run again");
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("many who ask for a fresh value at once share one run")
{
    World world;
    world.write(entry("slow", "tick.so:slow_tick", kRare), kVolatile);
    const auto host = world.start();
    world.wait_for("slow", 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(2100));
    dumbwaiter::Reader reader(world.store().string());
    std::vector<uint64_t> sequences(100);
    std::vector<std::thread> askers;
    for (uint64_t& sequence : sequences) {
        askers.emplace_back([&] {
            const auto reading = reader.get_fresh("slow", std::chrono::seconds(2), std::chrono::minutes(1));
            sequence = reading ? reading->sequence() : 0;
        });
    }
    for (std::thread& asker : askers) asker.join();
    for (const uint64_t sequence : sequences) CHECK(sequence == 2);
    CHECK(world.sequence("slow") == 2);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a value that cannot be refreshed is shown, with the reason, and exit code 4")
{
    World world;
    world.write(entry("count", "tick.so:tick", kRare), kVolatile);
    CHECK(world.once().code == 0);
    const Done done = world.run({"get", "count", "--max-age", "0"});
    CHECK(done.code == 4);
    CHECK(done.out == "1\n");
    CHECK(has(done.err, "no host is running"));
}

TEST_CASE("forget removes what is stored of a name that left the manifest, and of no other")
{
    World world;
    world.write(entry("old", "tick.so:tick") + entry("kept", "tick.so:tick"), kVolatile);
    CHECK(world.once().code == 0);
    world.write(entry("kept", "tick.so:tick"), kVolatile);
    const auto host = started(world);
    const Done refused = world.run({"forget", "kept"});
    CHECK(refused.code == 1);
    CHECK(has(refused.err, "is in the manifest"));
    CHECK(world.run({"forget", "old"}).code == 0);
    CHECK(world.run({"get", "old"}).code == 1);
    CHECK(row_of(world, "old").is_null());
    CHECK(world.sequence("kept") >= 1);
    CHECK(world.run({"forget", "old"}).code == 1);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("without a host, steering says so and exits 3")
{
    World world;
    world.write(entry("count", "tick.so:tick"), kVolatile);
    CHECK(world.once().code == 0);
    for (const char* command : {"refresh", "pause", "resume", "forget"}) {
        const Done done = world.run({command, "count"});
        CHECK(done.code == 3);
        CHECK(has(done.err, "no host is running"));
    }
}

TEST_CASE(
    "who waits for a value gets it, or the reason, also where the function is paused, changed or taken out meanwhile")
{
    World world;
    const std::string slow = entry("slow", "tick.so:slow_tick", kRare);
    const std::string other = entry("other", "tick.so:tick", kRare);
    const std::string unwatched = std::string(kVolatile) + "\nwatch = false";
    world.write(slow + other, unwatched);
    const auto host = started(world);
    world.wait_for("slow", 1);
    dumbwaiter::Reader reader(world.store().string());
    const auto ask = [&] {
        return std::thread([&] {
            try {
                reader.get_fresh("slow", std::chrono::seconds(0), std::chrono::minutes(1));
            } catch (const dumbwaiter::ReadError&) {
            }
        });
    };
    for (int i = 0; i < 3; ++i) {
        std::thread asker = ask();
        CHECK(world.run({"pause", "slow"}).code == 0);
        asker.join();
        CHECK(world.run({"resume", "slow"}).code == 0);
    }
    std::thread asker = ask();
    world.write(entry("slow", "tick.so:slow_tick", "frequency = 1800\nargs = [1]") + other, unwatched);
    CHECK(world.run({"reload", "--store", world.store().string()}).code == 0);
    asker.join();
    std::thread last = ask();
    world.write(other, unwatched);
    CHECK(world.run({"reload", "--store", world.store().string()}).code == 0);
    last.join();
    CHECK(host->stop(SIGTERM) == 0);
}
