// SPDX-License-Identifier: BSD-3-Clause
//
// Functions that run on threads of the host (isolation = "thread").
#pragma once

#include <pthread.h>

#include <deque>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "call.hpp"
#include "invocation.hpp"
#include "lane.hpp"
#include "registry.hpp"
#include "stable_vector.hpp"

namespace dumbwaiter {

// A thread cannot be killed: one whose invocation runs past its timeout is lost, and another takes its place; it goes
// when it returns. Under the context's lock, unless it says otherwise; tend() and report_late() from one thread.
class ThreadLane {
public:
    // `code` is by function, and empty where one runs elsewhere. No thread is made before there is a function to run.
    using Code = std::shared_ptr<const Function>;
    ThreadLane(const LaneContext& context, std::vector<Code> code, CallServices& services, uint32_t threads);
    ~ThreadLane();  // nothing runs

    // Of a function that has no job here. The state that its old code made is ended by the next job's thread.
    void assign(FunctionId id, Code code);
    // Its worker sleeps until wake() is called for it.
    void post(Parcel&& parcel)
    {
        ready_.push_back(std::move(parcel));
        ++posted_;
    }
    uint32_t take_posted() { return std::exchange(posted_, 0); }
    // With the lock or, better, without it: who is woken wants it at once.
    void wake(uint32_t workers)
    {
        for (; workers > 0; --workers) work_or_stop_.notify_one();
    }
    // Without the lock: the calling thread does what a worker would do that was not woken.
    void run_share();
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
        std::thread thread;  // none: a guest, which is another's thread and works now and then
        pthread_t handle{};
        Parcel parcel;
        size_t next = 0;    // job of the parcel
        Job job;            // the one that runs
        int64_t since = 0;  // CLOCK_MONOTONIC; 0 = idle
        bool gave_back = false, is_lost = false, ended = false, is_guest = false;
        bool is_asked = false;     // where it stands: its thread stays until that is over
        int64_t parcel_since = 0;  // CLOCK_MONOTONIC
    };

    struct Task {
        Code code;  // this and its instance belong to the worker that runs the function
        Instance instance;
    };

    void add_threads();
    Code take_next(FunctionId id);
    void end_state(FunctionId id, Task& task);
    bool add_thread();  // false: the system gives none
    void work(Worker& worker);
    void run_next(Worker& worker, std::unique_lock<std::mutex>& lock);
    void run_parcel(Worker& worker, std::unique_lock<std::mutex>& lock);
    void withdraw_rest(Worker& worker);
    bool is_late(const Worker& worker, int64_t now) const;
    Returned timeout_report(const Worker& worker, const std::string& stack, int64_t now) const;
    void join_ended();

    const LaneContext& context_;
    CallServices& services_;
    const uint32_t wanted_;
    StableVector<Task> tasks_;  // grown and given code under the context's mutex; a million may be there

    // Guarded by the context's mutex.
    std::condition_variable work_or_stop_, answered_;
    std::deque<Parcel> ready_;                   // slots are taken for these
    std::unordered_map<FunctionId, Code> next_;  // new code, which takes its place at the function's next job
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<Worker*> idle_guests_;
    uint32_t threads_ = 0, live_ = 0, without_slot_ = 0, lost_ = 0, posted_ = 0;
    bool cancelled_ = false, stopping_ = false, told_of_threads_ = false;
};

}  // namespace dumbwaiter
