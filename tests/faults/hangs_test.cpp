// SPDX-License-Identifier: BSD-3-Clause
//
// F27: functions that never return.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "rfc3339.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

constexpr int kHung = 8;
constexpr const char* kKinds[] = {"hangs.so:forever", "hangs.so:deadlocks", "deaths.so:spins", "deaths.so:deaf"};

// Half of them end at their timeout, half are made to.
std::string hung(double timeout)
{
    std::string functions;
    for (int i = 0; i < kHung; ++i) {
        functions +=
            entry(fmt::format("h{}", i), kKinds[i % 4],
                  fmt::format("frequency = 0.5\non_start = \"always\"\ngroup = \"g{}\"\ntimeout = {}", i, timeout));
    }
    return functions;
}

double past_timeout(const Json& report, double timeout)
{
    const auto time = [&](const char* key) {
        return dumbwaiter::parse_rfc3339(report[key].get<std::string>()).value();
    };
    return static_cast<double>(time("finished") - time("started")) / 1e6 - timeout * 1e3;
}

// The longest time between two ticks, in milliseconds.
double longest_gap(const std::vector<Json>& history)
{
    double longest = 0;
    for (size_t i = 0; i + 1 < history.size(); ++i) {
        const auto time = [&](size_t at) {
            return dumbwaiter::parse_rfc3339(history[at]["started"].get<std::string>()).value();
        };
        longest = std::max(longest, static_cast<double>(time(i) - time(i + 1)) / 1e6);
    }
    return longest;
}

}  // namespace

TEST_CASE("F27: functions that hang are ended after their timeout, and delay nobody")
{
    Row row("F27", "loop, deadlock, sleep for ever; 8 at once");
    constexpr double kTimeout = 0.3;
    const int rounds = tries(3, 40);
    World world;
    world.write(
        hung(kTimeout) + entry("tick", "tick.so:tick", "frequency = 0.1\nmax_saved = 100000\non_start = \"always\""),
        "durability = \"volatile\"\nworkers = 4\ndefault_saved = 1000");
    const auto host = world.start();
    Durations polite, killed;
    for (int i = 0; i < kHung; ++i) {
        const std::string name = fmt::format("h{}", i);
        world.wait_for_errors(name, static_cast<size_t>(rounds));
        const bool is_deaf = i % 4 == 3;
        for (const Json& report : world.errors(name)) {
            row.attempt([&] {
                CHECK(report["outcome"] == "timed out");
                CHECK(has(report["text"], "timed out after 0.3 s"));
                const double late = past_timeout(report, kTimeout);
                CHECK(late >= 0);
                CHECK(late < 10'000);
                (is_deaf ? killed : polite).add(late);
            });
        }
    }
    const auto history = world.history("tick");
    const double gap = longest_gap(history);
    CHECK(gap < 2000);
    CHECK(world.errors("tick").empty());
    const Json tick = world.reading("tick");
    CHECK(tick["value"] == tick["sequence"]);
    CHECK(host->stop(SIGTERM) == 0);
    row.figure(polite.text("ended past the timeout"));
    row.figure(killed.text("deaf to SIGTERM"));
    row.figure(fmt::format("longest gap between {} ticks of 100 ms: {:.0f} ms", history.size(), gap));
}
