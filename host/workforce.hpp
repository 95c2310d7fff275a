// SPDX-License-Identifier: BSD-3-Clause
//
// The executor: threads of the host and children behind channels, over one set of slots.
#pragma once

#include <poll.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <ranges>
#include <thread>
#include <vector>

#include "event.hpp"
#include "executor.hpp"
#include "host_services.hpp"
#include "isolation/child_lane.hpp"
#include "isolation/lanes.hpp"
#include "isolation/spawner.hpp"
#include "lane.hpp"
#include "manifest.hpp"
#include "registry.hpp"
#include "slots.hpp"
#include "thread_lane.hpp"
#include "timer.hpp"

namespace dumbwaiter {

class Workforce : public Executor {
public:
    struct Options {
        uint32_t slots = 4;            // at least 1
        bool gives_slots_back = true;  // false: one at a time means one at a time
        int64_t patience_ns = 1'000'000'000;
        uint32_t extra_of_a_library = 32;  // slots given back at once
        bool keeps_lookout = false;        // results of children are met awake, if they come soon
    };
    // Who runs where at first; each vector is by function, but for the children, whose lanes are 1, 2, ...
    struct Crew {
        std::vector<Place> places;
        std::vector<ThreadLane::Code> code;  // null for those that run in children
        std::vector<ChildPlan> children;
        std::shared_ptr<Spawner> spawner;  // null if there are none
        uint64_t largest_result = 1 << 20;
    };

    // The references outlive it. `when_spawner_dies` is called from a thread of the executor's: no child can be made
    // any more.
    Workforce(Functions& functions, Crew crew, HostServices& services, const Options& options, OnReturn on_return,
              std::function<void()> when_spawner_dies);
    ~Workforce() override;  // drained

    // A child that comes later. Gives its lane.
    struct NewChild {
        ChildPlan plan;
        std::shared_ptr<Spawner> spawner;
        uint32_t spawners_lane = 0;
        uint64_t largest_result = 1 << 20;
    };
    uint32_t add_child(NewChild child);
    // It ends once nothing of its runs any more, CLOCK_MONOTONIC `grace_ends` at the latest.
    void retire_child(uint32_t lane, int64_t grace_ends);
    // From now on, for a function that has no job here. `code` is null where it runs in a child.
    void assign(FunctionId id, std::shared_ptr<const FunctionSpec> spec, const Place& place, ThreadLane::Code code);

    bool submit(std::span<const Job> jobs, bool shares) override;
    void run_share() override { threads_.run_share(); }
    void cancel() override;
    bool drained(int64_t until) override;
    uint32_t running() const override;
    std::vector<Stuck> stuck() const override;
    uint32_t lost_threads() const override;
    std::vector<ChildFacts> children() const override;

    // After cancel(): ends the children; those that still run something are killed. False if one is still there at
    // CLOCK_MONOTONIC `until`.
    bool end_children(int64_t until);

private:
    // Under the lock: those that are not over.
    auto live() const
    {
        return children_ | std::views::filter([](const auto& child) { return child != nullptr; });
    }
    uint32_t hand_out();
    void supervise();
    void watch(int64_t timeout_ns);
    void hear_spawners(const std::vector<std::shared_ptr<Spawner>>& spawners, std::span<const pollfd> sources);
    void hear(const Spawner& spawner, const Spawner::Event& event);
    void bury_children_of(const Spawner& spawner);
    struct Over {
        std::vector<std::shared_ptr<ChildLane>> children;
        std::vector<std::shared_ptr<Spawner>> spawners;
    };
    Over take_what_is_over();
    void let_go_of(std::vector<std::shared_ptr<Spawner>>&& spawners);
    void see_to_a_look();
    int64_t tend_all();

    Functions& functions_;
    HostServices& services_;
    const Options options_;
    const OnReturn on_return_;
    const std::function<void()> when_spawner_dies_;
    const Event event_;                  // wakes the supervisor
    const Timer look_{CLOCK_MONOTONIC};  // the same

    mutable std::mutex mutex_;
    std::condition_variable quiet_;
    Slots slots_;
    LaneContext context_;
    ThreadLane threads_;
    std::vector<std::shared_ptr<ChildLane>> children_;                     // of lane i + 1; null: it is over
    std::vector<std::shared_ptr<Spawner>> spawners_;                       // the first one stays
    bool cancelled_ = false, stopping_ = false, spawner_is_dead_ = false;  // guarded by mutex_
    bool is_looked_after_ = false;  // likewise: the supervisor will look without being told to

    std::vector<std::shared_ptr<Spawner>> leaving_;  // the supervisor's: those that nobody needs, until they have left

    std::thread supervisor_;
};

}  // namespace dumbwaiter
