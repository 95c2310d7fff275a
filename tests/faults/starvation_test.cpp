// SPDX-License-Identifier: BSD-3-Clause
//
// F48: half of the functions hang, or take longer than their share.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "clock.hpp"
#include "rfc3339.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

// How many of each kind: that never return, that take a second, that run each 10 ms, that take 10 ms each second.
struct Mix {
    int hang, slow, often, steady;
};

std::string functions(const Mix& mix)
{
    std::string text;
    const std::string kept = "max_saved = 100000\n";
    const auto add = [&](const char* name, int count, const char* function, const std::string& more) {
        for (int i = 0; i < count; ++i) text += entry(fmt::format("{}{}", name, i), function, more);
    };
    add("hangs", mix.hang, "hangs.so:forever", "frequency = 1\non_start = \"always\"");
    add("slow", mix.slow, "hangs.so:briefly", "frequency = 1\nargs = [1.0]");
    add("often", mix.often, "tick.so:tick", kept + "frequency = 0.01");
    add("steady", mix.steady, "hangs.so:briefly", kept + "frequency = 1\nargs = [0.01]\ngroup = \"steady\"");
    return text;
}

int64_t time_of(const Json& record, const char* key)
{
    return dumbwaiter::parse_rfc3339(record[key].get<std::string>()).value();
}

struct Seen {
    Durations lateness;
    double longest_gap = 0;  // between two starts, in milliseconds
    int64_t runs = 0, missed = 0;

    // Newest first, with one due time each `period` seconds; what was due since `from`.
    void add(std::vector<Json> history, double period, const std::string& from)
    {
        std::erase_if(history, [&](const Json& one) { return one["due"].get<std::string>() < from; });
        CHECK(history.size() >= 2);
        runs += static_cast<int64_t>(history.size());
        for (size_t i = 0; i < history.size(); ++i) {
            lateness.add(static_cast<double>(time_of(history[i], "started") - time_of(history[i], "due")) / 1e6);
            if (i + 1 == history.size()) continue;
            const auto between = [&](const char* key) {
                return static_cast<double>(time_of(history[i], key) - time_of(history[i + 1], key));
            };
            longest_gap = std::max(longest_gap, between("started") / 1e6);
            missed += std::llround(between("due") / (period * 1e9)) - 1;
        }
    }
};

struct Outcome {
    Seen often, steady;
};

// From when all that hang have given their slots back.
Outcome run(Row& row, const Mix& mix, int seconds)
{
    World world;
    world.write(functions(mix), "durability = \"volatile\"\nworkers = 4\nshutdown_grace = 0.2");
    const auto host = world.start();
    host->wait_for_log("running");
    until([&] { return world.status()["stuck"].size() >= static_cast<size_t>(mix.hang); }, "they do not hang");
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const std::string from = dumbwaiter::rfc3339(dumbwaiter::wall_ns());
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    Outcome seen;
    const auto look = [&](Seen& at, const std::string& name, double period) {
        row.attempt([&] {
            at.add(world.history(name), period, from);
            CHECK(world.errors(name).empty());
        });
    };
    for (int i = 0; i < mix.often; ++i) look(seen.often, fmt::format("often{}", i), 0.01);
    for (int i = 0; i < mix.steady; ++i) look(seen.steady, fmt::format("steady{}", i), 1);
    CHECK(host->stop(SIGTERM) == 0);
    row.figure(fmt::format("each 10 ms: {} runs, {} missed, {}, longest gap {:.0f} ms", seen.often.runs,
                           seen.often.missed, seen.often.lateness.text("late"), seen.often.longest_gap));
    row.figure(fmt::format("each second: {} runs, {} missed, {}", seen.steady.runs, seen.steady.missed,
                           seen.steady.lateness.text("late")));
    return seen;
}

}  // namespace

TEST_CASE("F48: functions that hang or take a second cost the others no due time while a worker is left for them")
{
    Row row("F48", "half hang or take 1 s, 2 of 4 workers left");
    const Outcome seen = run(row, {.hang = 6, .slow = 2, .often = 4, .steady = 4}, tries(3, 60));
    CHECK(seen.steady.missed == 0);
    CHECK(seen.often.longest_gap < 2000);
}

TEST_CASE("F48: with more that take a second than workers, the others still get their turn")
{
    Row row("F48", "half hang or take 1 s, too much for 4 workers");
    const Outcome seen = run(row, {.hang = 2, .slow = 6, .often = 4, .steady = 4}, tries(3, 60));
    // Everybody waits for those before him only, each a second at most: six in four workers.
    CHECK(seen.often.longest_gap < 20'000);
    CHECK(seen.steady.longest_gap < 20'000);
}
