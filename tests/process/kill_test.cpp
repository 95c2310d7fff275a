// SPDX-License-Identifier: BSD-3-Clause
//
// kill -9 of the host at random moments, with a reader in this process watching. KILLS=50 in the environment for more.
#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "watcher.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

int wanted_kills()
{
    const char* text = std::getenv("KILLS");
    return text ? std::atoi(text) : 10;
}

}  // namespace

TEST_CASE("after kill -9 every value that was seen is still there, and sequences go on without a gap")
{
    World world;
    world.write(
        "[functions.tick]\nfunction = \"tick.so:tick\"\nfrequency = 0.01\nmax_saved = 1000000\n"
        "[functions.bounded]\nfunction = \"tick.so:sequence\"\nfrequency = 0.01\nmax_saved = 5\n"
        "[functions.fails]\nfunction = \"tick.so:fails\"\nfrequency = 0.02\nmax_saved = 5\n",
        "commit_interval = 0");
    CHECK(world.once().code == 1);
    std::mt19937 chance(std::random_device{}());
    Watcher watcher(world.store(), "tick");
    for (int kill = 0; kill < wanted_kills(); ++kill) {
        const uint64_t before = world.sequence("tick");
        const auto host = world.start();
        world.wait_for("tick", before + 1);
        std::this_thread::sleep_for(std::chrono::microseconds(chance() % 200'000));
        CHECK(host->stop(SIGKILL) == 128 + SIGKILL);
        CHECK(world.history("bounded").size() <= 5);
        CHECK(world.errors("fails").size() <= 5);
    }
    watcher.stop();
    CHECK(watcher.seen().size() >= static_cast<size_t>(wanted_kills()));
    StoreReader reader(world.store());
    watcher.check(reader.history("tick"));
    const SeenHistory bounded = reader.history("bounded");
    CHECK(bounded.rbegin()->first - bounded.begin()->first + 1 == bounded.size());
    for (const auto& [sequence, record] : bounded) CHECK(record.value == std::to_string(sequence));
    CHECK(world.run({"verify"}).code == 0);
}

TEST_CASE("a function keeps its phase over a restart")
{
    World world;
    world.write("[functions.tick]\nfunction = \"tick.so:tick\"\nfrequency = 7\n");
    const auto phase = [&] {
        CHECK(world.start({"--for", "0.3"})->wait() == 0);
        StoreReader reader(world.store());
        char* text = nullptr;
        uint64_t length = 0;
        REQUIRE(dw_get_document(reader.get(), "#functions", "tick", &text, &length) == DW_OK);
        const Json document = Json::parse(text);
        dw_free(text);
        return document["phase_ns"].get<int64_t>();
    };
    const int64_t first = phase();
    CHECK(first >= 0);
    CHECK(first < 7'000'000'000);
    CHECK(phase() == first);
}
