// SPDX-License-Identifier: BSD-3-Clause
//
// A schedule under orders of all kinds in any order: what holds whatever comes.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "fake_host.hpp"

using namespace dumbwaiter;

namespace {

constexpr size_t kFunctions = 12;
constexpr int64_t kStep = 700 * kMillisecond;

// What the test knows of a function by the orders that it gave.
struct Known {
    bool runs = false, is_off = false, is_once = false;
    bool was_asked = false;  // run_now, and it has not come yet
    int64_t away_until = 0;
    int64_t newest_due = std::numeric_limits<int64_t>::min();
    uint32_t attempt = 0;  // of the retry that waits
};

class Rehearsal {
public:
    explicit Rehearsal(uint64_t seed) : random_(seed)
    {
        for (FunctionId id = 0; id < kFunctions; ++id) {
            schedule_.add_disabled();
            replace(id);
        }
    }

    void step()
    {
        const auto id = static_cast<FunctionId>(up_to(kFunctions));
        switch (up_to(16)) {
            case 0: return set_clock();
            case 1: return disable(id);
            case 2: return resume(id);
            case 3: return suspend(id);
            case 4:
                if (!known_[id].runs) replace(id);
                return;
            case 5: return run_now(id);
            case 6:
            case 7: return schedule_.trigger(id, now_);
            case 8:
            case 9:
            case 10: return finish(id);
            default: return pass();
        }
    }

private:
    int64_t up_to(int64_t bound) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(bound)); }

    void replace(FunctionId id)
    {
        Known& known = known_[id] = {};
        const int64_t first = up_to(2) == 0 ? kNever : now_ + up_to(kStep);
        switch (up_to(5)) {
            case 0:
                schedule_.replace_once(id, first);
                known.is_once = true;
                break;
            case 1:
                schedule_.replace_disabled(id);
                known.is_off = true;
                break;
            case 2: schedule_.replace(id, cron_times("* * * * *", "Europe/Berlin"), now_, first); break;
            case 3:
                schedule_.replace(id, WallTimes::multiples_of(10 * kMillisecond + up_to(kSecond)), now_, first);
                break;
            default:
                const int64_t frequency = 10 * kMillisecond + up_to(kSecond);
                schedule_.replace(id, Grid{.frequency = frequency, .phase = up_to(frequency)}, now_, first);
        }
        if (up_to(2) == 0) schedule_.queue_overlaps(id);
    }
    void set_clock()
    {
        const int64_t sizes[] = {kMillisecond, kSecond, 3600 * kSecond, 86'400 * 365 * kSecond};
        const int64_t size = sizes[up_to(4)];
        schedule_.clock_was_set(now_, schedule_.wall_offset() + up_to(2 * size) - size);
    }
    void disable(FunctionId id)
    {
        schedule_.disable(id);
        known_[id].is_off = true;
        known_[id].was_asked = false;
    }
    void resume(FunctionId id)
    {
        schedule_.resume(id, now_);
        known_[id].is_off = false;
        known_[id].away_until = 0;
    }
    // As the host does it: of one that has just come home.
    void suspend(FunctionId id)
    {
        if (known_[id].runs || known_[id].is_off) return;
        known_[id].away_until = now_ + up_to(10 * kSecond);
        schedule_.suspend(id, known_[id].away_until);
        known_[id].was_asked = false;
        known_[id].attempt = 0;
    }
    void run_now(FunctionId id)
    {
        if (known_[id].runs) return;
        schedule_.run_now(id, now_);
        known_[id].was_asked = true;
    }
    void finish(FunctionId id)
    {
        if (!known_[id].runs) return;
        schedule_.finished(id);
        known_[id].runs = false;
        if (up_to(3) == 0 && !known_[id].is_off && now_ >= known_[id].away_until) {
            const uint32_t attempt = 1 + static_cast<uint32_t>(up_to(3));
            if (schedule_.retry(id, now_ + 1 + up_to(kStep), attempt)) known_[id].attempt = attempt;
        }
    }

    void pass()
    {
        now_ += up_to(20) == 0 ? 3600 * kSecond : up_to(kStep);
        const uint64_t skipped = schedule_.skipped();
        fires_.clear();
        schedule_.take_due(now_, fires_);
        REQUIRE(std::ranges::is_sorted(fires_, {}, [](const Fire& fire) { return std::pair(fire.due, fire.id); }));
        for (const Fire& fire : fires_) check(fire);
        REQUIRE(schedule_.skipped() >= skipped);
        REQUIRE(schedule_.next_wake() > now_);
        uint32_t running = 0;
        for (FunctionId id = 0; id < kFunctions; ++id) {
            const Known& known = known_[id];
            running += known.runs;
            REQUIRE(schedule_.running(id) == known.runs);
            if (known.is_off) REQUIRE(schedule_.next_due(id) == kNever);
            if (!known.is_off && now_ < known.away_until) REQUIRE(schedule_.next_due(id) >= known.away_until);
            // Nobody's due time is passed over. One in this very tick may still come.
            if (schedule_.next_due(id) != kNever) REQUIRE(schedule_.next_wake() <= schedule_.next_due(id) + kCoarsest);
            REQUIRE(schedule_.next_due(id) > now_ - kCoarsest);
        }
        REQUIRE(schedule_.running() == running);
    }

    void check(const Fire& fire)
    {
        Known& known = known_[fire.id];
        CAPTURE(fire.id);
        REQUIRE_FALSE(known.runs);
        REQUIRE(fire.due <= now_);
        REQUIRE((!known.is_off || known.was_asked));
        REQUIRE((now_ >= known.away_until || known.was_asked));
        // Only a retry is one; it was asked for with that number.
        if (fire.attempt != 0) REQUIRE(fire.attempt == known.attempt);
        known.runs = true;
        known.was_asked = false;
        known.attempt = 0;
    }

    static constexpr int64_t kCoarsest = 10 * kMillisecond;

    std::mt19937_64 random_;
    int64_t now_ = 1'000'000 * kSecond;
    Schedule schedule_{1'794'000'000 * kSecond};
    std::vector<Known> known_ = std::vector<Known>(kFunctions);
    std::vector<Fire> fires_;
};

}  // namespace

TEST_CASE("whatever is ordered in whatever order, nothing overlaps, comes early, comes unasked, or is passed over")
{
    for (uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        Rehearsal rehearsal(seed);
        for (int i = 0; i < 2000; ++i) rehearsal.step();
    }
}

TEST_CASE("the try that ends a time away is no retry, though one came before it")
{
    Schedule schedule;
    const FunctionId id = schedule.add_once(0);
    std::vector<Fire> fires;
    schedule.take_due(0, fires);
    schedule.finished(id);
    REQUIRE(schedule.retry(id, 10, 1));
    schedule.take_due(10, fires);
    schedule.finished(id);
    schedule.suspend(id, 1000);
    fires.clear();
    schedule.take_due(1000, fires);
    REQUIRE(fires.size() == 1);
    CHECK(fires[0].attempt == 0);
}
