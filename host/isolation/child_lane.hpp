// SPDX-License-Identifier: BSD-3-Clause
//
// One child as the host sees it: made when there is work, given parcels, watched, ended where it must be, and made
// again.
#pragma once

#include <atomic>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "autopsy.hpp"
#include "child_process.hpp"
#include "control.hpp"
#include "ending.hpp"
#include "host_end.hpp"
#include "host_services.hpp"
#include "lane.hpp"
#include "lanes.hpp"
#include "restarts.hpp"
#include "spawner.hpp"

namespace dumbwaiter {

class ChildLane {
public:
    struct Options {
        uint32_t lane = 0;
        uint32_t spawners_lane = 0;  // as its spawner numbers them
        uint32_t workers = 0;        // at most
        uint64_t largest_result = 0;
        bool keeps_lookout = false;  // as channel::HostEnd takes it
    };
    ChildLane(const LaneContext& context, ChildPlan plan, HostServices& services, std::shared_ptr<Spawner> spawner,
              const Options& options);
    ~ChildLane();  // its process is gone
    ChildLane(const ChildLane&) = delete;
    ChildLane& operator=(const ChildLane&) = delete;

    // All of these under the context's lock.

    // For the supervisor's thread, now and then: makes the child if there is work for it and the time has come, ends
    // what runs too long. Jobs for a child that is not to come soon are reported.
    void tend(int64_t now, std::vector<Delivery>& deliveries);
    void post(Parcel&& parcel);
    void cancel();
    void end();  // asks it to go: kindly if nothing runs in it, else by SIGTERM
    void kill() { process_.kill(SIGKILL); }
    bool is_gone() const { return state_ == State::kDown; }
    // None of its functions is its own any more: it goes when nothing of it runs, `grace_ends` (CLOCK_MONOTONIC) at the
    // latest.
    void retire(int64_t grace_ends) { retires_at_ = grace_ends; }
    bool is_retired() const { return retires_at_ != 0; }
    bool is_over() const;  // retired, and nothing is left of it
    // What is sent by a spawner of that lane is meant for it.
    bool is_of(const Spawner& spawner, uint32_t spawners_lane) const
    {
        return spawner_.get() == &spawner && options_.spawners_lane == spawners_lane;
    }
    bool wants_start() const;
    bool is_at_rest() const;  // there is nothing to do at any time, unless something runs
    int64_t next_start() const { return restarts_.next_start(); }  // not before
    ChildFacts facts(int64_t now) const;
    void add_stuck(int64_t now, std::vector<Stuck>& out) const;

    // What came over the spawner's socket and the child's own; for the supervisor's thread, without the lock.
    void on_event(const Spawner::Event& event);
    // Its spawner was killed, and the child with it: what ran runs again.
    void die_with_spawner();
    bool is_of(const Spawner& spawner) const { return spawner_.get() == &spawner; }
    void read_socket();
    ChildProcess& process() { return process_; }

private:
    enum class State { kDown, kStarting, kUp };
    struct Worker {
        std::optional<uint32_t> parcel;
        std::vector<Job> jobs;
        uint64_t out = 0;       // bit i: job i has not come back
        uint64_t claimed = 0;   // bit i: its result is on its way
        int64_t last_home = 0;  // CLOCK_MONOTONIC; or when it got its parcel
        bool exists = false, gave_back = false, timed_out = false;
    };

    bool is_idle() const;
    std::span<const Job> as_the_child_knows_them(std::span<const Job> jobs);
    void start_or_fail(int64_t now, std::vector<Delivery>& deliveries);
    void start(int64_t now);
    void set_width();
    void fail_waiting(const std::string& why, std::vector<Delivery>& deliveries);
    void look_at(uint32_t index, int64_t now);
    std::optional<uint32_t> running_cell(uint32_t index) const;
    int64_t begun(const Worker& worker, uint32_t index, int64_t now) const;
    void withdraw_rest(uint32_t index);
    void begin_ending(uint32_t worker, int64_t now);
    void tend_retirement(int64_t now);
    void obey(const control::Message& message);
    void has_died(int status);

    // The receiver's thread.
    void receive();
    void take_result(uint32_t worker, uint32_t cell, Returned&& returned);
    void take_read(uint32_t worker, std::string_view name);
    void end_for_misuse();
    void bury();
    void relax_after(const Job& job);
    void tell_of_death(std::span<const Victim> victims);
    void put_back_unbegun();
    std::vector<std::pair<uint32_t, uint32_t>> running() const;
    Victim victim_of(uint32_t worker, uint32_t cell) const;
    std::string function_in(std::string_view module, uint64_t offset) const;
    Returned crash_report(const Job& job, uint32_t worker, const Finding& finding) const;
    void forget_child();
    void lose_worker(uint32_t index);

    const LaneContext& context_;
    const ChildPlan plan_;
    HostServices& services_;
    const std::shared_ptr<Spawner> spawner_;
    const Options options_;

    State state_ = State::kDown;
    int64_t started_ = 0;  // CLOCK_MONOTONIC
    Ending ending_;
    bool stopping_ = false;
    int64_t retires_at_ = 0;  // 0 = it does not
    int status_ = 0;
    bool died_with_spawner_ = false;
    std::string load_fault_;  // why it died or cannot be used, where more is known than its status
    std::unique_ptr<channel::HostEnd> end_;
    std::vector<Worker> workers_;
    std::vector<uint32_t> idle_;  // the one used last at the end
    std::vector<Job> posted_;     // kept for the memory that it has
    uint32_t width_;              // workers that it can have
    uint32_t careful_ = 0;        // jobs that run again, one at a time
    Restarts restarts_;
    std::atomic<bool> bury_{false};
    std::thread receiver_;
    ChildProcess process_;
};

}  // namespace dumbwaiter
