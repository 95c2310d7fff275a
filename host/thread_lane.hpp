// SPDX-License-Identifier: BSD-3-Clause
//
// Functions that run on threads of the host (isolation = "thread").
#pragma once

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "call.hpp"
#include "invocation.hpp"
#include "lane.hpp"
#include "registry.hpp"

namespace dumbwaiter {

// A thread cannot be killed: one whose invocation runs past its timeout is lost, and another takes its place; it goes
// when it returns. Under the context's lock, unless it says otherwise; tend() and report_late() from one thread.
class ThreadLane {
public:
    ThreadLane(const LaneContext& context, const Registry& registry, CallServices& services, uint32_t threads);
    ~ThreadLane();  // nothing runs

    void post(Parcel&& parcel);
    void tend(int64_t now);
    // Without the lock: reports those that run past their timeout, with where they stand.
    void report_late();
    void cancel();
    void add_stuck(int64_t now, std::vector<Stuck>& out) const;
    uint32_t lost() const { return lost_; }  // threads that run past their timeout

private:
    struct Worker {
        explicit Worker(CallServices& services) : invocation(services) {}
        Invocation invocation;
        std::thread thread;
        Parcel parcel;
        size_t next = 0;    // job of the parcel
        Job job;            // the one that runs
        int64_t since = 0;  // CLOCK_MONOTONIC; 0 = idle
        bool gave_back = false, is_lost = false, ended = false;
    };

    bool add_thread();  // false: the system gives none
    void work(Worker& worker);
    void run_parcel(Worker& worker, std::unique_lock<std::mutex>& lock);
    void withdraw_rest(Worker& worker);
    bool is_late(const Worker& worker, int64_t now) const;
    Returned timeout_report(const Worker& worker, const std::string& stack, int64_t now) const;
    void join_ended();

    const LaneContext& context_;
    const Registry& registry_;
    CallServices& services_;
    std::vector<Instance> instances_;  // each belongs to the worker that runs its function

    // Guarded by the context's mutex.
    std::condition_variable work_or_stop_;
    std::deque<Parcel> ready_;  // slots are taken for these
    std::vector<std::unique_ptr<Worker>> workers_;
    uint32_t threads_ = 0, live_ = 0, without_slot_ = 0, lost_ = 0;
    bool cancelled_ = false, stopping_ = false, told_of_threads_ = false;
};

}  // namespace dumbwaiter
