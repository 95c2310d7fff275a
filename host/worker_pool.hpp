// SPDX-License-Identifier: BSD-3-Clause
//
// Functions run on threads of the host (isolation = "thread").
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "call.hpp"
#include "executor.hpp"
#include "invocation.hpp"
#include "manifest.hpp"
#include "registry.hpp"

namespace dumbwaiter {

// A slot is taken while an invocation runs. One that has run for a second gives its slot back, so that nothing that
// hangs stops the rest: another thread takes over, within bounds. A thread cannot be killed; it goes when it returns.
class WorkerPool : public Executor {
public:
    struct Options {
        uint32_t slots = 4;            // at least 1
        bool gives_slots_back = true;  // false: one at a time means one at a time
        int64_t patience_ns = 1'000'000'000;
        uint32_t extra = 256;              // slots given back at once, in all
        uint32_t extra_of_a_library = 32;  // and for one library
    };

    // The references outlive the pool.
    WorkerPool(const Manifest& manifest, const Resolution& resolution, const Registry& registry, CallServices& services,
               const Options& options, OnReturn on_return);
    ~WorkerPool() override;  // drained

    void submit(std::span<const Job> jobs) override;
    void tend() override;
    void cancel() override;
    bool drained(int64_t until) override;
    uint32_t running() const override;
    std::vector<Stuck> stuck() const override;

private:
    struct Worker {
        explicit Worker(CallServices& services) : invocation(services) {}
        Invocation invocation;
        std::thread thread;
        // guarded by mutex_
        FunctionId id = 0;
        int64_t since = 0;  // CLOCK_MONOTONIC; 0 = idle
        bool gave_back = false;
        bool ended = false;
    };
    // Functions that must not run at the same time (DW_SERIAL, DW_SERIAL_LIBRARY).
    struct Serial {
        bool busy = false;
        std::deque<Job> waiting;
    };
    struct Library {
        uint32_t running = 0, given_back = 0;  // slots
        std::deque<Job> held_back;
    };
    static constexpr uint32_t kFree = 0;  // serial_of_: runs beside anything

    void assign_serials(const Resolution& resolution);
    bool add_worker();  // false: the system gives no thread
    bool hold_back(const Job& job);
    void work(Worker& worker);
    bool take(Job& job, std::unique_lock<std::mutex>& lock);
    void finish(Worker& worker);
    void join_ended();
    // A slot that was given back has come home: there is one thread too many.
    bool surplus() const { return live_ - given_back_ > slots_; }

    // Constant after construction.
    const Manifest& manifest_;
    const Resolution& resolution_;
    const Registry& registry_;
    CallServices& services_;
    const Options options_;
    const OnReturn on_return_;
    std::vector<uint32_t> serial_of_;  // function -> index into serials_

    // An instance belongs to the worker that runs its function.
    std::vector<Instance> instances_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable work_or_stop_, quiet_;
    std::deque<Job> queue_;
    std::vector<Serial> serials_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::unordered_map<uint32_t, Library> libraries_;
    uint32_t slots_ = 0, live_ = 0, idle_ = 0, running_ = 0, given_back_ = 0;
    bool cancelled_ = false, stopping_ = false, told_of_threads_ = false;
};

}  // namespace dumbwaiter
