// SPDX-License-Identifier: BSD-3-Clause
//
// F49, F50: what a host does first, after it was never there or was away for long; by a clock that the test holds.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <functional>
#include <optional>
#include <random>

#include "fake_host.hpp"
#include "phase.hpp"
#include "row.hpp"
#include "start_plan.hpp"

using namespace dumbwaiter;
using namespace dumbwaiter::test;

namespace {

constexpr int64_t kNow = 1'795'435'200 * kSecond + 5 * kSecond;  // 2026-11-23T12:00:05Z
constexpr int kFunctions = 10'000;

FunctionSpec regular(const std::string& name, int64_t frequency)
{
    FunctionSpec spec;
    spec.name = name;
    spec.edit().frequency = Nanoseconds(frequency);
    return spec;
}

// Over 99 degrees of freedom; more than 134.6 has a chance of 1 in 100.
constexpr double kUniform = 134.6;
double chi_square(const std::vector<int64_t>& phases, int64_t frequency)
{
    std::array<double, 100> share{};
    for (const int64_t phase : phases) ++share.at(static_cast<size_t>(phase / (frequency / 100)));
    const double mean = static_cast<double>(phases.size()) / 100;
    double sum = 0;
    for (const double count : share) sum += (count - mean) * (count - mean) / mean;
    return sum;
}

}  // namespace

TEST_CASE("F49: phases are uniform, whether functions come together or one by one")
{
    Row row("F49", "phases of 10,000 functions");
    double worst_together = 0, worst_alone = 0;
    std::mt19937 random(49);
    const std::vector<std::function<std::string(int)>> kinds = {
        [](int i) { return fmt::format("f{}", i); },
        [](int i) { return fmt::format("orders.shop-{:05}.count", i); },
        [](int i) { return fmt::format("{:0200}", i); },
        [&](int i) { return fmt::format("{:x}.{}", random(), i); },
    };
    for (const int64_t frequency : {kSecond, 60 * kSecond, 300 * kSecond, kDay}) {
        for (const auto& name_of : kinds) {
            CAPTURE(frequency / kSecond);
            std::vector<std::string> names;
            for (int i = 0; i < kFunctions; ++i) names.push_back(name_of(i));
            row.attempt([&] {
                std::vector<PhaseRequest> requests;
                for (const std::string& name : names) requests.push_back({name, frequency, std::nullopt});
                worst_together = std::max(worst_together, chi_square(assign_phases(requests), frequency));
            });
            row.attempt([&] {
                // Each drops in when the others have their phases.
                std::vector<int64_t> phases;
                for (const std::string& name : names) {
                    const PhaseRequest request{name, frequency, std::nullopt};
                    phases.push_back(assign_phases({&request, 1}).front());
                }
                const double found = chi_square(phases, frequency);
                CHECK_MESSAGE(found < kUniform, names.front());
                worst_alone = std::max(worst_alone, found);
            });
        }
    }
    CHECK(worst_together < kUniform);
    row.figure(fmt::format("chi square of 99 degrees at most {:.0f} together, {:.0f} one by one (p = 0.01: {})",
                           worst_together, worst_alone, kUniform));
}

TEST_CASE("F49: the first seconds of 10,000 functions that start together are at most twice the mean")
{
    Row row("F49", "10,000 functions start together");
    double worst = 0;
    // Up to a hundred seconds: first invocations are spread over 1 s x functions / 100 at most, by the contract.
    for (const int64_t frequency : {kSecond, 10 * kSecond, 60 * kSecond, 100 * kSecond}) {
        CAPTURE(frequency / kSecond);
        Manifest manifest;
        for (int i = 0; i < kFunctions; ++i) manifest.functions.push_back(regular(fmt::format("f{:05}", i), frequency));
        const std::vector<Remembered> nothing(manifest.functions.size());
        FakeHost host(kNow);
        const auto no_state = [](size_t) { return NameState{}; };
        host.schedule =
            plan_schedule(manifest, no_state, plan_phases(manifest, nothing), {.boot = host.boot, .wall = host.wall()});
        const double mean = kFunctions * static_cast<double>(kSecond) / static_cast<double>(frequency);
        size_t before = 0;
        for (int second = 0; second < tries(3, 200); ++second) {
            row.attempt([&] {
                host.pass(kSecond);
                const double load = static_cast<double>(host.total() - before) / mean;
                before = host.total();
                // A run more than that may fall into it at its edges, of either spread.
                CHECK(load <= 2 + 2 / mean);
                worst = std::max(worst, load);
            });
        }
    }
    row.figure(fmt::format("at most {:.2f} times the mean in a second", worst));
}

namespace {

struct Absence {
    std::string lines;
    int64_t down;
    bool runs;  // at the start
};

// The host went right after a run at kNow, and knows its phase. Of what it missed there is one run, or none.
void check_return(const Absence& absence)
{
    const auto reading =
        parse_manifest(fmt::format("[functions.f]\nfunction = \"c.so:f\"\n{}\n", absence.lines), "m", "/");
    REQUIRE(reading.problems.empty());
    const Manifest& manifest = reading.manifest;
    const NameState state{.last_value = 3, .finished = kNow};
    const std::string document = function_document(manifest.functions[0], 4'321'000, state);
    const std::vector<Remembered> remembered = {Remembered(state, document)};
    const auto phases = plan_phases(manifest, remembered);
    if (manifest.functions[0]->frequency.count() > 0 && !manifest.functions[0]->align) CHECK(phases[0] == 4'321'000);

    FakeHost host(kNow + absence.down, 77 * kSecond);
    host.schedule =
        plan_schedule(manifest, [&](size_t) { return state; }, phases, {.boot = host.boot, .wall = host.wall()});
    host.sleep(0);
    CHECK(host.count(0) == (absence.runs ? 1 : 0));
    CHECK(host.schedule.skipped() == 0);
    const int64_t next = host.schedule.next_due(0);
    CHECK(next > host.boot);
    host.pass(next - host.boot + 10 * kMillisecond);
    CHECK(host.count(0) == (absence.runs ? 2 : 1));
    CHECK(host.runs(0).back().due == next);
    const int64_t frequency = manifest.functions[0]->frequency.count();
    if (frequency > 0 && !manifest.functions[0]->align) CHECK(next % frequency == 4'321'000);
    if (frequency > 0 && manifest.functions[0]->align) CHECK(host.runs(0).back().due_wall % frequency == 0);
}

}  // namespace

TEST_CASE("F50: after a second, an hour and a year without a host there is one run for all that was missed, or none")
{
    Row row("F50", "the host was down for 1 s, 1 h, 1 year");
    for (const Absence& absence : std::vector<Absence>{
             {"frequency = 60", kSecond, false},
             {"frequency = 60", 60 * kSecond, false},
             {"frequency = 60", 60 * kSecond + 1, true},
             {"frequency = 60", kHour, true},
             {"frequency = 60", kYear, true},
             {"frequency = 0.01", kSecond, true},
             {"frequency = 7200", kHour, false},
             {"frequency = 31622400", kYear, false},
             {"frequency = 60\non_start = \"never\"", kYear, false},
             {"frequency = 7200\non_start = \"always\"", kSecond, true},
             {"cron = \"0 * * * *\"", kSecond, false},
             {"cron = \"0 * * * *\"", kHour - 5 * kSecond - 1, false},
             {"cron = \"0 * * * *\"", kHour - 5 * kSecond, true},
             {"cron = \"0 * * * *\"", kHour, true},
             {"cron = \"0 * * * *\"", kYear, true},
             {"cron = \"* * * * *\"", kSecond, false},
             {"cron = \"* * * * *\"", kYear, true},
             {"cron = \"0 12 * * *\"", kHour, false},
             {"cron = \"0 12 * * *\"", kDay, true},
             {"cron = \"0 0 1 1 *\"", kHour, false},
             {"cron = \"0 0 1 1 *\"", kYear, true},
             {"cron = \"0 * * * *\"\non_start = \"never\"", kYear, false},
             {"cron = \"0 0 1 1 *\"\non_start = \"always\"", kSecond, true},
             {"frequency = 60\nalign = true", kSecond, false},
             {"frequency = 60\nalign = true", kHour, true},
             {"frequency = 60\nalign = true", kYear, true},
             {"frequency = 60\nalign = true\non_start = \"never\"", kYear, false},
         }) {
        CAPTURE(absence.lines);
        CAPTURE(absence.down);
        row.attempt([&] { check_return(absence); });
    }
}
