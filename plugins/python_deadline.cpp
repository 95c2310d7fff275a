// SPDX-License-Identifier: BSD-3-Clause
#include "python_deadline.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "python_object.hpp"
#include "python_stack.hpp"

struct Watched {
    dw_call* call;
    std::uint64_t number;  // of no other, also when this is gone
    unsigned long thread;  // as Python counts them
    std::chrono::steady_clock::time_point deadline;
    bool is_told = false;
};

DeadlineWatch& DeadlineWatch::get()
{
    static auto* const watch = new DeadlineWatch;  // not destroyed at exit, when its thread may still run
    return *watch;
}

void DeadlineWatch::add_member()
{
    std::lock_guard const lock(mutex_);
    if (++members_ == 1) thread_ = std::thread([this, generation = generation_] { run(generation); });
}

void DeadlineWatch::remove_member()
{
    std::thread ending;
    {
        std::lock_guard const lock(mutex_);
        if (--members_ > 0) return;
        ++generation_;
        ending = std::move(thread_);
    }
    changed_.notify_all();
    ending.join();
}

void DeadlineWatch::run(unsigned generation)
{
    std::unique_lock lock(mutex_);
    while (generation == generation_) {
        auto next = std::chrono::steady_clock::time_point::max();
        for (const Watched& call : calls_) {
            if (!call.is_told) next = std::min(next, call.deadline);
        }
        if (next == std::chrono::steady_clock::time_point::max()) {
            changed_.wait(lock);
        } else if (changed_.wait_until(lock, next) == std::cv_status::timeout) {
            lock.unlock();
            raise_in_late_calls();
            lock.lock();
        }
    }
}

// The stack is asked for without the mutex, as Python may then give its lock to a thread that waits for the mutex; the
// call may end meanwhile.
void DeadlineWatch::raise_in_late_calls()
{
    Gil const gil;
    for (const auto& [number, thread] : take_late_calls()) {
        std::string const stack = python_stack(thread);
        std::lock_guard const lock(mutex_);
        for (const Watched& call : calls_) {
            if (call.number != number) continue;
            // What waits inside C is ended with its process, and says no more.
            if (!stack.empty()) dw_log(call.call, DW_LOG_WARNING, ("at its deadline in " + stack).c_str());
            PyThreadState_SetAsyncExc(thread, PyExc_TimeoutError);
        }
    }
}

std::vector<std::pair<std::uint64_t, unsigned long>> DeadlineWatch::take_late_calls()
{
    std::vector<std::pair<std::uint64_t, unsigned long>> late;
    std::lock_guard const lock(mutex_);
    auto const now = std::chrono::steady_clock::now();
    for (Watched& call : calls_) {
        if (call.is_told || call.deadline > now) continue;
        call.is_told = true;
        late.emplace_back(call.number, call.thread);
    }
    return late;
}

DeadlineWatch::Guard::Guard(dw_call* call) : deadline_ns_(dw_deadline_ns(call))
{
    if (deadline_ns_ == 0) return;
    DeadlineWatch& watch = get();
    {
        std::lock_guard const lock(watch.mutex_);
        std::chrono::steady_clock::time_point const deadline{std::chrono::nanoseconds(deadline_ns_)};
        at_ = watch.calls_.insert(watch.calls_.end(),
                                  {call, ++watch.last_number_, PyThread_get_thread_ident(), deadline});
    }
    watch.changed_.notify_all();
}

DeadlineWatch::Guard::~Guard()
{
    if (deadline_ns_ == 0) return;
    DeadlineWatch& watch = get();
    std::lock_guard const lock(watch.mutex_);
    // What was raised but has not come through yet is not for the next call of this thread.
    if (at_->is_told) PyThreadState_SetAsyncExc(at_->thread, nullptr);
    watch.calls_.erase(at_);
}
