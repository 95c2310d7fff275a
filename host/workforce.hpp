// SPDX-License-Identifier: BSD-3-Clause
//
// The executor: threads of the host and children behind channels, over one set of slots.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

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

namespace dumbwaiter {

class Workforce : public Executor {
public:
    struct Options {
        uint32_t slots = 4;            // at least 1
        bool gives_slots_back = true;  // false: one at a time means one at a time
        int64_t patience_ns = 1'000'000'000;
        uint32_t extra_of_a_library = 32;  // slots given back at once
    };

    // The references outlive it. `spawner` may be null if the plan has no children. `when_spawner_dies` is called from
    // a thread of the executor's: no child can be made any more.
    Workforce(const Manifest& manifest, const Registry& registry, const LanePlan& plan, HostServices& services,
              Spawner* spawner, const Options& options, OnReturn on_return, std::function<void()> when_spawner_dies);
    ~Workforce() override;  // drained

    void submit(std::span<const Job> jobs) override;
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
    void pump();
    void supervise();
    void watch(int64_t timeout_ns);
    int64_t tend_all();
    void nudge();

    const Manifest& manifest_;
    const OnReturn on_return_;
    const std::function<void()> when_spawner_dies_;
    Spawner* const spawner_;
    const int event_;

    mutable std::mutex mutex_;
    std::condition_variable quiet_;
    Slots slots_;
    LaneContext context_;
    ThreadLane threads_;
    std::vector<std::unique_ptr<ChildLane>> children_;                     // of lane i + 1
    bool cancelled_ = false, stopping_ = false, spawner_is_dead_ = false;  // guarded by mutex_

    std::thread supervisor_;
};

}  // namespace dumbwaiter
