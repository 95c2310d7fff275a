// SPDX-License-Identifier: BSD-3-Clause
#include "troubles.hpp"

#include <doctest/doctest.h>

using namespace dumbwaiter;

namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::vector<FunctionId> ids_of(const std::vector<Troubles::Change>& changes)
{
    std::vector<FunctionId> ids;
    for (const Troubles::Change& change : changes) ids.push_back(change.id);
    return ids;
}

// Failures that were told of, of one that fails each `period` for `time`.
std::vector<uint64_t> told(int64_t period, int64_t time)
{
    LineBudget budget;
    FailureLines lines;
    std::vector<uint64_t> rows;
    uint64_t row = 0;
    for (int64_t now = kSecond; now < kSecond + time; now += period) {
        if (lines.failed(++row, now, false, budget).is_told) rows.push_back(row);
    }
    return rows;
}

}  // namespace

TEST_CASE("a function that keeps failing is told of once, then each time that the row is ten times as long")
{
    CHECK(told(300 * kSecond, 150'000 * kSecond) == std::vector<uint64_t>{1, 10, 100});
    CHECK(told(60 * kSecond, 60'000 * kSecond) == std::vector<uint64_t>{1, 10, 100, 1000});
}

TEST_CASE("no two failures of a function are told of within a minute")
{
    // Every second: the tenth comes too early, the 61st does not.
    CHECK(told(kSecond, 700 * kSecond) == std::vector<uint64_t>{1, 61, 610});
    CHECK(told(kSecond / 100, 59 * kSecond) == std::vector<uint64_t>{1});
}

TEST_CASE("a function that fails and works in turn is told of once a minute, with what was left out")
{
    LineBudget budget;
    FailureLines lines;
    int failures = 0, recoveries = 0;
    uint64_t untold = 0;
    for (int64_t now = kSecond; now < 181 * kSecond; now += kSecond / 10) {
        const FailureLine line = lines.failed(1, now, false, budget);
        failures += line.is_told;
        untold += line.untold;
        recoveries += lines.works_again();
    }
    CHECK(failures == 3);
    CHECK(recoveries == 3);
    CHECK(untold == 2 * 599);
}

TEST_CASE("a new row of failures is told of from its first")
{
    LineBudget budget;
    FailureLines lines;
    for (uint64_t row = 1; row <= 500; ++row) lines.failed(row, static_cast<int64_t>(row) * kSecond, false, budget);
    CHECK(lines.works_again());
    CHECK_FALSE(lines.works_again());
    CHECK(lines.failed(1, 600 * kSecond, false, budget).is_told);
}

TEST_CASE("what must be told is told")
{
    LineBudget budget;
    FailureLines lines;
    CHECK(lines.failed(1, kSecond, false, budget).is_told);
    CHECK(lines.failed(2, kSecond + 1, true, budget).is_told);
}

TEST_CASE("a hundred thousand that fail at once are a hundred lines a second, and the rest are counted")
{
    Troubles troubles;
    uint64_t lines = 0;
    for (uint64_t row = 1; row <= 3; ++row) {
        for (FunctionId id = 0; id < 100'000; ++id) {
            lines += troubles.failed(id, row, static_cast<int64_t>(row) * kSecond).is_told;
        }
    }
    CHECK(lines == LineBudget::kLines);
    CHECK(troubles.take_untold() == 100'000 - lines);
    CHECK(troubles.take_untold() == 0);
    CHECK(troubles.failing() == 100'000);
}

TEST_CASE("what changed is taken a part at a time, each function once, in turn")
{
    Troubles troubles;
    for (uint64_t row = 1; row <= 2; ++row) {
        for (FunctionId id = 0; id < 5; ++id) troubles.failed(id, row, kSecond);
    }
    CHECK(ids_of(troubles.take(3)) == std::vector<FunctionId>{0, 1, 2});
    troubles.failed(0, 3, kSecond);
    const auto rest = troubles.take(3);
    CHECK(ids_of(rest) == std::vector<FunctionId>{3, 4, 0});
    CHECK(rest.back().now.failures_in_row == 3);
    CHECK(troubles.take(3).empty());
}

TEST_CASE("a function that works again, or runs no more, does not fail any more, and that is a change")
{
    Troubles troubles;
    troubles.failed(1, 7, kSecond);
    troubles.failed(2, 1, kSecond);
    troubles.skipped(1, 4);
    troubles.take(10);
    CHECK(ids_of(troubles.failing(1)) == std::vector<FunctionId>{1});
    CHECK(troubles.works_again(1));
    troubles.forget(2);
    CHECK(troubles.failing() == 0);
    const auto changes = troubles.take(10);
    REQUIRE(changes.size() == 2);
    CHECK(changes.front().now == Trouble{.failures_in_row = 0, .skipped = 4});
}
