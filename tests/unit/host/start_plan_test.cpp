// SPDX-License-Identifier: BSD-3-Clause
#include "start_plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>

#include "clock.hpp"
#include "phase.hpp"

using namespace dumbwaiter;

namespace {

Manifest manifest_of(size_t functions, int64_t frequency)
{
    Manifest manifest;
    for (size_t i = 0; i < functions; ++i) {
        FunctionSpec spec;
        spec.name = "f" + std::to_string(1'000'000 + i);
        spec.edit().frequency = Nanoseconds(frequency);
        manifest.functions.push_back(spec);
    }
    return manifest;
}

std::vector<Fire> fires_until(Schedule& schedule, int64_t until)
{
    std::vector<Fire> fires;
    schedule.take_due(until, fires);
    return fires;
}

NameState no_state(size_t)
{
    return {};
}

constexpr Times kNow{.boot = 1'000 * kSecond, .wall = 1'700'000'000 * kSecond};

}  // namespace

TEST_CASE("the phases of many functions are spread evenly over their frequency, neighbours by name together")
{
    std::vector<std::string> names;
    for (int i = 0; i < 10'000; ++i) names.push_back("n" + std::to_string(100'000 + i));
    std::vector<PhaseRequest> requests;
    for (const auto& name : names) requests.push_back({name, kSecond, std::nullopt});
    const auto phases = assign_phases(requests);
    CHECK(std::ranges::is_sorted(phases));
    std::array<int, 10> tenth{};
    for (const int64_t phase : phases) {
        REQUIRE(phase >= 0);
        REQUIRE(phase < kSecond);
        ++tenth[static_cast<size_t>(phase / (kSecond / 10))];
    }
    for (const int count : tenth) CHECK(count == 1000);
}

TEST_CASE("single functions of many frequencies do not all stand at phase 0")
{
    std::vector<std::string> names;
    for (int i = 0; i < 1000; ++i) names.push_back("n" + std::to_string(i));
    std::array<int, 4> quarter{};
    for (int64_t i = 0; i < 1000; ++i) {
        const int64_t frequency = kSecond + i;
        const PhaseRequest request{names[static_cast<size_t>(i)], frequency, std::nullopt};
        ++quarter[static_cast<size_t>(assign_phases({&request, 1})[0] * 4 / frequency)];
    }
    for (const int count : quarter) CHECK(count > 150);
}

TEST_CASE("a phase that a function has is kept while its frequency stays")
{
    Manifest manifest = manifest_of(2, 10 * kSecond);
    const auto first = plan_phases(manifest, std::vector<Remembered>(2));
    const std::vector<Remembered> remembered = {Remembered({}, function_document(manifest.functions[0], 777, {})),
                                                Remembered({}, function_document(manifest.functions[1], 888, {}))};
    CHECK(plan_phases(manifest, remembered) == std::vector<int64_t>{777, 888});

    manifest.functions[0].edit().frequency = std::chrono::seconds(20);
    const auto changed = plan_phases(manifest, remembered);
    CHECK(changed[0] != 777);
    CHECK(changed[1] == 888);
}

TEST_CASE("a #functions document that is no JSON, or holds a phase off the grid, is passed over")
{
    const Manifest manifest = manifest_of(1, kSecond);
    for (const std::string text : {"", "{", "[]", R"({"frequency_ns":1000000000,"phase_ns":1000000000})",
                                   R"({"frequency_ns":1000000000,"phase_ns":-1})", R"({"frequency_ns":"1"})"}) {
        CAPTURE(text);
        const auto phases = plan_phases(manifest, {Remembered({}, text)});
        CHECK(phases[0] >= 0);
        CHECK(phases[0] < kSecond);
    }
}

TEST_CASE("first invocations are spread over at most 10 ms a function and at most the frequency")
{
    SUBCASE("many slow functions: over n / 100 seconds, in the order of names")
    {
        const Manifest manifest = manifest_of(200, 3600 * kSecond);
        const std::vector<int64_t> phases(200, 0);
        Schedule schedule = plan_schedule(manifest, no_state, phases, kNow);
        const auto fires = fires_until(schedule, kNow.boot + 2 * kSecond);
        REQUIRE(fires.size() == 200);
        CHECK(fires.front().due == kNow.boot);
        CHECK(fires.back().due > kNow.boot + kSecond);
        CHECK(fires.back().due < kNow.boot + 2 * kSecond);
        CHECK(std::ranges::is_sorted(fires, {}, &Fire::id));
    }
    SUBCASE("fast functions: within their frequency")
    {
        const Manifest manifest = manifest_of(200, 100 * kMillisecond);
        const std::vector<int64_t> phases(200, 0);
        Schedule schedule = plan_schedule(manifest, no_state, phases, kNow);
        CHECK(fires_until(schedule, kNow.boot + 100 * kMillisecond).size() == 200);
    }
}

TEST_CASE("on_start says who runs at the start")
{
    struct Row {
        OnStart on_start;
        uint64_t last_value;
        int64_t age;  // seconds; the frequency is 60 s
        bool runs;
    };
    const std::vector<Row> rows = {
        {OnStart::kStale, 0, 0, true},  {OnStart::kStale, 3, 59, false},  {OnStart::kStale, 3, 61, true},
        {OnStart::kStale, 3, -9, true}, {OnStart::kAlways, 3, 1, true},   {OnStart::kAlways, 0, 0, true},
        {OnStart::kNever, 0, 0, false}, {OnStart::kNever, 3, 900, false},
    };
    for (const Row& row : rows) {
        CAPTURE(static_cast<int>(row.on_start));
        CAPTURE(row.age);
        Manifest manifest = manifest_of(1, 60 * kSecond);
        manifest.functions[0].edit().on_start = row.on_start;
        const NameState state{.last_value = row.last_value, .finished = kNow.wall - row.age * kSecond};
        const auto state_of = [&](size_t) { return state; };
        Schedule schedule = plan_schedule(manifest, state_of, {kNow.boot % (60 * kSecond)}, kNow);
        CHECK(fires_until(schedule, kNow.boot + kSecond).size() == (row.runs ? 1 : 0));
        CHECK(schedule.next_due(0) == kNow.boot + 60 * kSecond);
    }
}

TEST_CASE("a function that is not enabled never runs, and keeps its place in the list")
{
    Manifest manifest = manifest_of(3, kSecond);
    manifest.functions[1].edit().enabled = false;
    Schedule planned = plan_schedule(manifest, no_state, {0, 0, 0}, kNow);
    for (const Fire& fire : fires_until(planned, kNow.boot + 10 * kSecond)) CHECK(fire.id != 1);
    Schedule once = plan_once(manifest, kNow);
    CHECK(fires_until(once, kNow.boot).size() == 2);
}

TEST_CASE("a function that only runs after others starts when one of them has a newer value")
{
    struct Row {
        NameState own, input;
        OnStart on_start;
        bool runs;
    };
    const NameState none, old{.last_value = 1, .finished = 100}, newer{.last_value = 9, .finished = 200};
    const std::vector<Row> rows = {
        {none, none, OnStart::kStale, false}, {none, old, OnStart::kStale, true},  {old, newer, OnStart::kStale, true},
        {newer, old, OnStart::kStale, false}, {old, none, OnStart::kStale, false}, {newer, old, OnStart::kAlways, true},
        {none, old, OnStart::kNever, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.own.finished);
        CAPTURE(row.input.finished);
        Manifest manifest = manifest_of(2, kSecond);
        manifest.functions[0].edit().on_start = OnStart::kNever;
        FunctionSpec& spec = manifest.functions[1];
        spec.edit().frequency = Nanoseconds(0);
        spec.edit().on_start = row.on_start;
        spec.edit().after = {{manifest.functions[0].name, {}}};
        const auto state_of = [&](size_t place) { return place == 0 ? row.input : row.own; };
        Schedule schedule = plan_schedule(manifest, state_of, {0, 0}, {.boot = kNow.boot + 1, .wall = kNow.wall});
        CHECK(fires_until(schedule, kNow.boot + 100 * kMillisecond).size() == (row.runs ? 1 : 0));
        CHECK(schedule.next_due(1) == kNever);
    }
}

TEST_CASE("the #functions document says by what a function becomes due, and nothing that does not hold")
{
    FunctionSpec spec;
    spec.edit().frequency = std::chrono::seconds(60);
    const auto has = [&](std::string_view part) {
        return function_document(spec, 7, {}).find(part) != std::string::npos;
    };
    CHECK(has(R"("phase_ns":7)"));
    CHECK_FALSE(has("align"));
    spec.edit().align = true;
    CHECK(has(R"("frequency_ns":60000000000,"align":true)"));
    CHECK_FALSE(has("phase"));
    spec.edit().frequency = Nanoseconds(0);
    spec.edit().after = {{"a", {}}, {"b", {}}};
    CHECK(has(R"("after":["a","b"])"));
    CHECK_FALSE(has("frequency"));
    spec.edit().cron_line = "30 2 * * *";
    spec.edit().timezone = "Europe/Berlin";
    spec.edit().cron = WallTimes(*Cron::parse(spec->cron_line), TimeZone());
    CHECK(has(R"("cron":"30 2 * * *","timezone":"Europe/Berlin","after":["a","b"])"));
}

TEST_CASE("a phase is kept only under the frequency that gave it: cron and align have none")
{
    Manifest manifest = manifest_of(1, 60 * kSecond);
    const std::string by_grid = function_document(manifest.functions[0], 777, {});
    manifest.functions[0].edit().align = true;
    const std::string aligned = function_document(manifest.functions[0], 777, {});
    manifest.functions[0].edit().align = false;
    CHECK(plan_phases(manifest, {Remembered({}, by_grid)})[0] == 777);
    CHECK(plan_phases(manifest, {Remembered({}, aligned)})[0] != 777);
}
