// SPDX-License-Identifier: BSD-3-Clause
//
// What becomes due beside its due times: after another function, or after itself.
#include <doctest/doctest.h>

#include "fake_host.hpp"

using namespace dumbwaiter;

namespace {

std::vector<Fire> due_at(Schedule& schedule, int64_t now)
{
    std::vector<Fire> fires;
    schedule.take_due(now, fires);
    return fires;
}

}  // namespace

TEST_CASE("a trigger makes its function due at that moment, once for several at a time")
{
    Schedule schedule;
    const FunctionId id = schedule.add_once(kNever);
    CHECK(schedule.next_wake() == kNever);
    schedule.trigger(id, 70);
    schedule.trigger(id, 70);
    const auto fires = due_at(schedule, 75);
    REQUIRE(fires.size() == 1);
    CHECK(fires[0].due == 70);
    schedule.finished(id);
    CHECK(due_at(schedule, 1000).empty());
    CHECK(schedule.skipped() == 0);
}

TEST_CASE("triggers that find their function running make one more invocation right after it")
{
    Schedule schedule;
    const FunctionId id = schedule.add_once(kNever);
    schedule.trigger(id, 10);
    CHECK(due_at(schedule, 10).size() == 1);
    schedule.trigger(id, 20);
    schedule.trigger(id, 30);
    CHECK(schedule.next_wake() == kNever);
    CHECK(due_at(schedule, 40).empty());
    schedule.finished(id);
    CHECK(schedule.next_wake() <= 50);
    const auto again = due_at(schedule, 50);
    REQUIRE(again.size() == 1);
    CHECK(again[0].due == 20);
    schedule.finished(id);
    CHECK(due_at(schedule, 60).empty());
    CHECK(schedule.skipped() == 0);
}

TEST_CASE("a trigger comes beside the frequency, and moves no due time")
{
    Schedule schedule;
    const FunctionId id = schedule.add({.frequency = 10 * kSecond, .phase = 0}, 0, kNever);
    schedule.trigger(id, 4 * kSecond);
    CHECK(due_at(schedule, 4 * kSecond).size() == 1);
    schedule.finished(id);
    CHECK(schedule.next_due(id) == 10 * kSecond);
    const auto fires = due_at(schedule, 10 * kSecond);
    REQUIRE(fires.size() == 1);
    CHECK(fires[0].due == 10 * kSecond);
}

TEST_CASE("a trigger serves a retry that waits, and a retry gives way to one")
{
    Schedule schedule;
    const FunctionId id = schedule.add_once(kNever);
    CHECK(schedule.retry(id, 500, 1));
    schedule.trigger(id, 100);
    const auto fires = due_at(schedule, 100);
    REQUIRE(fires.size() == 1);
    CHECK(fires[0].attempt == 0);
    schedule.trigger(id, 110);
    schedule.finished(id);
    CHECK_FALSE(schedule.retry(id, 600, 1));
    CHECK(due_at(schedule, 111).size() == 1);
    schedule.finished(id);
    CHECK(due_at(schedule, 1000).empty());
}

TEST_CASE("nothing triggers what is disabled, not enabled, or put away; that gets its try in the end")
{
    Schedule schedule;
    const FunctionId off = schedule.add_disabled();
    const FunctionId disabled = schedule.add_once(kNever);
    const FunctionId away = schedule.add_once(kNever);
    schedule.disable(disabled);
    schedule.suspend(away, 1000);
    for (const FunctionId id : {off, disabled, away}) schedule.trigger(id, 10);
    CHECK(due_at(schedule, 999).empty());
    CHECK(due_at(schedule, 1000).size() == 1);
    schedule.finished(away);
    schedule.trigger(away, 1100);
    for (const FunctionId id : {off, disabled}) {
        schedule.resume(id, 1100);
        schedule.trigger(id, 1100);
    }
    CHECK(due_at(schedule, 1100).size() == 2);
}

TEST_CASE("what waits for the end of its function is forgotten when that is disabled or put away")
{
    for (const bool disables : {true, false}) {
        Schedule schedule;
        const FunctionId id = schedule.add_once(0);
        CHECK(due_at(schedule, 0).size() == 1);
        schedule.trigger(id, 5);
        schedule.finished(id);
        disables ? schedule.disable(id) : schedule.suspend(id, 1000);
        CHECK(due_at(schedule, 10).empty());
    }
}

TEST_CASE("with overlap = queue a due time that finds its function running fires right after it, and only the newest")
{
    Schedule schedule;
    const FunctionId id = schedule.add({.frequency = kSecond, .phase = 0}, 0, kNever);
    schedule.queue_overlaps(id);
    CHECK(due_at(schedule, kSecond).size() == 1);
    for (const int64_t second : {2, 3, 4}) CHECK(due_at(schedule, second * kSecond).empty());
    CHECK(schedule.skipped(id) == 2);
    schedule.finished(id);
    const int64_t end = 4 * kSecond + 300 * kMillisecond;
    CHECK(schedule.next_wake() <= end);
    const auto fires = due_at(schedule, end);
    REQUIRE(fires.size() == 1);
    CHECK(fires[0].due == 4 * kSecond);
    schedule.finished(id);
    CHECK(schedule.next_due(id) == 5 * kSecond);
    CHECK(due_at(schedule, 5 * kSecond).size() == 1);
    CHECK(schedule.skipped(id) == 2);
}

TEST_CASE("a queued invocation of half to ten frequencies never overlaps itself, and every due time is run or skipped")
{
    for (const int64_t tenths : {5, 9, 11, 15, 25, 100}) {
        CAPTURE(tenths);
        Schedule schedule;
        const FunctionId id = schedule.add({.frequency = kSecond, .phase = 0}, 0, kNever);
        schedule.queue_overlaps(id);
        int64_t busy_until = 0, fired = 0, idle_for = 0;
        for (int64_t now = 100 * kMillisecond; now <= 1000 * kSecond; now += 100 * kMillisecond) {
            if (schedule.running(id) && now >= busy_until) schedule.finished(id);
            for ([[maybe_unused]] const Fire& fire : due_at(schedule, now)) {
                CHECK(now >= busy_until);
                busy_until = now + tenths * kSecond / 10;
                ++fired;
            }
            if (!schedule.running(id)) idle_for += 100 * kMillisecond;
        }
        const bool one_waits = schedule.running(id);
        const int64_t taken = fired + static_cast<int64_t>(schedule.skipped(id));
        CHECK(taken <= 1000);
        CHECK(taken >= 1000 - (one_waits ? 1 : 0));
        // It goes on without a gap, where skipping would wait for the next due time.
        if (tenths > 10) CHECK(idle_for < kSecond);
    }
}
