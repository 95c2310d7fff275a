// SPDX-License-Identifier: BSD-3-Clause
//
// A host whose clocks are numbers: time passes, the wall clock is set and the machine sleeps when the test says so.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "clock.hpp"
#include "schedule.hpp"

namespace dumbwaiter {

inline constexpr int64_t kHour = 3600 * kSecond;
inline constexpr int64_t kDay = 24 * kHour;
inline constexpr int64_t kYear = 365 * kDay;

inline WallTimes cron_times(const std::string& line, const std::string& zone = "UTC")
{
    const auto cron = Cron::parse(line);
    const auto found = TimeZone::find(zone);
    REQUIRE(cron.has_value());
    REQUIRE(found.has_value());
    return {*cron, *found};
}

// Functions take no time to run, unless their test has taken `finishes` away.
class FakeHost {
public:
    explicit FakeHost(int64_t wall, int64_t since_boot = 1'000'000 * kSecond)
        : schedule(wall - since_boot), boot(since_boot)
    {}

    int64_t wall() const { return boot + schedule.wall_offset(); }

    // Lets time pass, waking up when the schedule wants it.
    void pass(int64_t duration)
    {
        const int64_t end = boot + duration;
        take();
        while (schedule.next_wake() <= end) {
            boot = std::max(boot, schedule.next_wake());
            take();
        }
        boot = end;
    }
    // Time passes, and nothing is asked meanwhile.
    void sleep(int64_t duration)
    {
        boot += duration;
        take();
    }
    void set_wall(int64_t wall)
    {
        schedule.clock_was_set(boot, wall - boot);
        take();
    }

    // Due times in the order of their runs, CLOCK_BOOTTIME and wall time as it was then.
    struct Run {
        int64_t due, due_wall, at;
    };
    const std::vector<Run>& runs(FunctionId id) { return runs_[id]; }
    size_t count(FunctionId id) { return runs_[id].size(); }
    size_t total() const { return total_; }  // of all functions

    Schedule schedule;
    int64_t boot;
    bool finishes = true;

private:
    void take()
    {
        std::vector<Fire> fires;
        schedule.take_due(boot, fires);
        for (const Fire& fire : fires) {
            runs_[fire.id].push_back({fire.due, fire.due + schedule.wall_offset(), boot});
            ++total_;
            if (finishes) schedule.finished(fire.id);
        }
    }

    std::map<FunctionId, std::vector<Run>> runs_;
    size_t total_ = 0;
};

}  // namespace dumbwaiter
