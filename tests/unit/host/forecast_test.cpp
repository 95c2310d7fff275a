// SPDX-License-Identifier: BSD-3-Clause
#include "forecast.hpp"

#include <doctest/doctest.h>

#include "clock.hpp"
#include "grid.hpp"

using namespace dumbwaiter;

namespace {

ForecastFunction every(int64_t frequency, int64_t takes, int64_t phase = 0)
{
    return {.after = [grid = Grid{frequency, phase}](int64_t now) { return grid.after(now); },
            .takes = takes,
            .followers = {}};
}

constexpr size_t kMany = 1'000'000;

}  // namespace

TEST_CASE("a forecast holds every due time, and how busy the workers are")
{
    const auto result = forecast({every(kSecond, 100 * kMillisecond), every(2 * kSecond, 200 * kMillisecond)}, 2, 0,
                                 100 * kSecond, kMany);
    CHECK(result.runs.size() == 150);
    CHECK(result.skipped == 0);
    CHECK(result.latest == 0);
    CHECK(result.utilisation == doctest::Approx(0.1).epsilon(0.02));
    CHECK(result.busiest_load == doctest::Approx(0.3));
    CHECK(result.busiest_second % (2 * kSecond) == 0);
    CHECK(result.suffices());
}

TEST_CASE("too few workers show in how late the last of those due together starts")
{
    std::vector<ForecastFunction> functions;
    for (int i = 0; i < 8; ++i) functions.push_back(every(10 * kSecond, 500 * kMillisecond));
    const auto two = forecast(functions, 2, 0, 100 * kSecond, kMany);
    CHECK(two.latest == 1500 * kMillisecond);
    CHECK_FALSE(two.suffices());
    CHECK(two.utilisation == doctest::Approx(0.2));
    CHECK(forecast(functions, 8, 0, 100 * kSecond, kMany).suffices());
}

TEST_CASE("more work than the workers can do is a utilisation above one, or ever later starts")
{
    std::vector<ForecastFunction> functions;
    for (int i = 0; i < 4; ++i) functions.push_back(every(kSecond, 900 * kMillisecond, i));
    const auto result = forecast(functions, 1, 0, 60 * kSecond, kMany);
    CHECK_FALSE(result.suffices());
    CHECK(result.skipped > 0);
}

TEST_CASE("what takes longer than its frequency skips due times, and holds a worker for a second only")
{
    const auto result = forecast({every(2 * kSecond, 5 * kSecond)}, 1, 0, 60 * kSecond, kMany);
    CHECK(result.runs.size() == 10);
    CHECK(result.skipped_of[0] == 20);
    CHECK(result.utilisation == doctest::Approx(10.0 / 60));
    CHECK(result.suffices());
}

TEST_CASE("followers run when their inputs end, once for inputs that end together")
{
    std::vector<ForecastFunction> functions = {every(10 * kSecond, kSecond), every(10 * kSecond, kSecond), {}};
    functions[0].followers = functions[1].followers = {2};
    functions[2].takes = 100 * kMillisecond;
    const auto result = forecast(functions, 4, 0, 100 * kSecond, kMany);
    std::vector<int64_t> dues;
    for (const ForecastRun& run : result.runs) {
        if (run.function == 2) dues.push_back(run.due);
    }
    REQUIRE(dues.size() == 9);
    CHECK(dues[0] == 11 * kSecond);
}

TEST_CASE("a forecast of too many runs ends early and says where")
{
    const auto result = forecast({every(10 * kMillisecond, kMillisecond)}, 1, 0, 3600 * kSecond, 1000);
    CHECK(result.runs.size() == 1000);
    CHECK(result.to == 10'010 * kMillisecond);
    CHECK(result.utilisation == doctest::Approx(0.1).epsilon(0.01));
}

TEST_CASE("with nothing to run there is nothing to forecast")
{
    const auto result = forecast({}, 0, 5, 5, kMany);
    CHECK(result.runs.empty());
    CHECK(result.suffices());
}
