// SPDX-License-Identifier: BSD-3-Clause
//
// F40: results that lie, and a child that writes whatever it likes into the memory that it shares with the host.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "processes.hpp"
#include "row.hpp"
#include "watcher.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

const std::string kTick = entry("tick", "tick.so:tick", "frequency = 0.1\non_start = \"always\"");

double mebibytes(uint64_t bytes)
{
    return static_cast<double>(bytes) / (1 << 20);
}

void check_tick(World& world)
{
    world.wait_for("tick", world.sequence("tick") + 3);
    CHECK(world.errors("tick").empty());
    const Json reading = world.reading("tick");
    CHECK(reading["value"] == reading["sequence"]);
}

// The function runs, fails, or its child ends; the host stands, and nobody else has a record that is not theirs.
void lie(const std::string& function, const std::string& more, std::vector<Json>& errors, uint64_t& host_bytes)
{
    World world;
    world.write(entry("lies", function, "frequency = 0.2\non_start = \"always\"\ntimeout = 1\n" + more) + kTick,
                "durability = \"volatile\"");
    const auto host = world.start();
    until([&] { return world.errors("lies").size() + world.sequence("lies") >= 2; }, "neither a value nor a report");
    check_tick(world);
    errors = world.errors("lies");
    host_bytes = std::max(host_bytes, most_resident_bytes(host->pid()));
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.run({"verify"}).code == 0);
}

}  // namespace

TEST_CASE("F40: whatever a library says of its results, and writes into the channel, the host believes none of it")
{
    Row row("F40", "results that lie, noise in the channel");
    uint64_t bytes = 0;
    std::vector<Json> errors;
    int reports = 0;
    for (int round = 0; round < tries(1, 10); ++round) {
        for (const char* function : {"lies.so:null_text", "lies.so:lying_length"}) {
            row.attempt([&] {
                CAPTURE(function);
                lie(function, "", errors, bytes);
                CHECK(!errors.empty());
            });
        }
        for (const int with : {0, 1, 127, 128, 255, 256, 256, 256}) {
            row.attempt([&] {
                CAPTURE(with);
                lie("lies.so:scribbles", fmt::format("args = [{}]", with), errors, bytes);
                reports += static_cast<int>(errors.size());
            });
        }
        row.attempt([&] {
            lie("lies.so:forges", "", errors, bytes);
            reports += static_cast<int>(errors.size());
        });
    }
    CHECK(bytes < 64 << 20);
    row.figure(fmt::format("{} reports, host at most {:.1f} MiB", reports, mebibytes(bytes)));
}

TEST_CASE("F40: a result of 64 MiB crosses whole, one byte more is a report")
{
    Row row("F40", "results of 64 MiB and more");
    World world;
    world.write(
        entry("largest", "deaths.so:bytes",
              "args = [67108864]\nserializer = \"raw\"\non_start = \"always\"\nfrequency = 1\nmax_saved = 1") +
            entry("larger", "deaths.so:bytes",
                  "args = [67108865]\nserializer = \"raw\"\non_start = \"always\"\nfrequency = 1\ngroup = \"b\"") +
            kTick,
        "durability = \"volatile\"\n[limits]\nresult_size = \"64MiB\"");
    const auto host = world.start();
    world.wait_for("tick", 1);
    StoreReader reader(world.store());
    uint64_t most = 0;
    for (int i = 0; i < tries(2, 10); ++i) {
        row.attempt([&] {
            const uint64_t newest = reader.sequence("largest");
            until([&] { return reader.sequence("largest") > newest; }, "no value came");
            CHECK(reader.reading().length == 67108864);
            world.wait_for_errors("larger");
            CHECK(world.errors("larger").front()["outcome"] == "too large");
            check_tick(world);
            most = std::max(most, own_bytes(host->pid()));
        });
    }
    // Of several results at once, where the machine is slow: in its hands, on its way into the store, and in a commit.
    CHECK(most < uint64_t{8} * 64 << 20);
    CHECK(host->stop(SIGTERM) == 0);
    row.figure(fmt::format("host {:.0f} MiB of its own at most, as seen between results", mebibytes(most)));
}
