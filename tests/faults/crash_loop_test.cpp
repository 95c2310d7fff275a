// SPDX-License-Identifier: BSD-3-Clause
//
// F43: a function that dies each time.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cmath>

#include "clock.hpp"
#include "quarantine.hpp"
#include "restarts.hpp"
#include "rfc3339.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;
using dumbwaiter::kMillisecond;
using dumbwaiter::kSecond;

namespace {

std::vector<double> begun(World& world, const std::string& name)
{
    std::vector<double> times;
    for (const Json& report : world.errors(name)) {
        times.push_back(static_cast<double>(dumbwaiter::parse_rfc3339(report["started"].get<std::string>()).value()) /
                        1e6);
    }
    std::ranges::reverse(times);
    return times;
}

}  // namespace

TEST_CASE("F43: by the clock that the test holds, pauses double and a probe comes after ten minutes")
{
    Row row("F43", "crash loop, by a fake clock");
    row.attempt([&] {
        dumbwaiter::Restarts restarts;
        int64_t now = 0, expected = 100 * kMillisecond;
        for (int death = 0; death < 15; ++death) {
            restarts.died(dumbwaiter::Restarts::Reason::kFunction, now += kSecond);
            CHECK(restarts.next_start() - now == expected);
            expected = std::min(2 * expected, 60 * kSecond);
        }
    });
    row.attempt([&] {
        dumbwaiter::Quarantine quarantine;
        for (int death = 1; death <= 5; ++death) CHECK(quarantine.died(1, death * kSecond) == (death == 5));
        CHECK(quarantine.away_until(1) == 605 * kSecond);
        CHECK(quarantine.died(1, 606 * kSecond));     // the probe dies: away again at once
        CHECK(quarantine.worked(1, 1300 * kSecond));  // the next one works
        CHECK_FALSE(quarantine.died(1, 1301 * kSecond));
    });
}

TEST_CASE("F43: a function that dies each time is tried after longer and longer pauses, five times")
{
    Row row("F43", "crash loop, in a host");
    constexpr double kPlan[] = {100, 200, 400, 800};
    double worst = 0;
    for (int i = 0; i < tries(2, 10); ++i) {
        World world;
        world.write(entry("bad", "crashes.so:exits", "frequency = 0.01\non_start = \"always\"") +
                        entry("beside", "tick.so:tick", "frequency = 0.25\non_start = \"always\""),
                    "durability = \"volatile\"");
        const auto host = world.start();
        row.attempt([&] {
            until([&] { return has(world.run({"list", "--json"}).out, "\"quarantined\":true"); }, "no quarantine came");
            const auto times = begun(world, "bad");
            REQUIRE(times.size() == 5);
            for (size_t pause = 0; pause < std::size(kPlan); ++pause) {
                const double took = times[pause + 1] - times[pause];
                CHECK(took >= kPlan[pause] * 0.99);
                CHECK(took < kPlan[pause] + 3000);
                worst = std::max(worst, (took - kPlan[pause]) / kPlan[pause] * 100);
            }
            world.wait_for("beside", world.sequence("beside") + 2);
            const Json tick = world.reading("beside");
            CHECK(tick["value"] == tick["sequence"]);
            CHECK(world.errors("bad").size() == 5);
        });
        CHECK(host->stop(SIGTERM) == 0);
    }
    row.figure(fmt::format("a start comes at most {:.0f} % past its plan", worst));
}
