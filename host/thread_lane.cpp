// SPDX-License-Identifier: BSD-3-Clause
#include "thread_lane.hpp"

#include <dumbwaiter/codes.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "clock.hpp"
#include "log.hpp"
#include "thread_stack.hpp"

namespace dumbwaiter {

ThreadLane::ThreadLane(const LaneContext& context, std::vector<Code> code, CallServices& services, uint32_t threads)
    : context_(context), services_(services), wanted_(threads), tasks_(code.size())
{
    const std::lock_guard lock(context_.mutex);
    bool any = false;
    for (size_t i = 0; i < code.size(); ++i) any |= (tasks_[i].code = std::move(code[i])) != nullptr;
    if (any) add_threads();
    // With fewer threads than asked for everything runs, only later.
    if (any && live_ == 0) throw std::system_error(EAGAIN, std::system_category(), "starting a worker thread");
}

void ThreadLane::add_threads()
{
    while (live_ < wanted_ && add_thread()) {
    }
    threads_ = live_;
}

void ThreadLane::assign(FunctionId id, Code code)
{
    tasks_.grow(id + 1);
    next_[id] = std::move(code);
    if (threads_ == 0) add_threads();
}

ThreadLane::~ThreadLane()
{
    {
        const std::lock_guard lock(context_.mutex);
        stopping_ = true;
    }
    work_or_stop_.notify_all();
    for (const auto& worker : workers_) {
        if (worker->thread.joinable()) worker->thread.join();
    }
    for (size_t i = 0; i < tasks_.size(); ++i) end_state(static_cast<FunctionId>(i), tasks_[i]);
}

void ThreadLane::end_state(FunctionId id, Task& task)
{
    if (!task.code) return;
    try {
        Invocation::destroy(*task.code, task.instance);
    } catch (...) {
        services_.log(context_.functions[id].name, DW_LOG_WARNING, "its destroy threw an exception");
    }
}

// Under the lock; null where the code stays.
ThreadLane::Code ThreadLane::take_next(FunctionId id)
{
    const auto next = next_.find(id);
    if (next == next_.end()) return nullptr;
    Code code = std::move(next->second);
    next_.erase(next);
    return code;
}

bool ThreadLane::add_thread()
{
    auto worker = std::make_unique<Worker>(services_);
    try {
        worker->thread = std::thread([this, at = worker.get()] { work(*at); });
    } catch (const std::system_error& error) {
        if (!std::exchange(told_of_threads_, true)) {
            log(LogLevel::kError, "pool", "the system gives no more threads",
                {{"threads", std::to_string(live_)}, {"error", error.what()}});
        }
        return false;
    }
    workers_.push_back(std::move(worker));
    ++live_;
    return true;
}

void ThreadLane::work(Worker& worker)
{
    std::unique_lock lock(context_.mutex);
    worker.handle = pthread_self();
    // One that gave its slot back and came home is a thread too many.
    while (live_ - without_slot_ <= threads_) {
        work_or_stop_.wait(lock, [&] { return stopping_ || !ready_.empty(); });
        if (stopping_) break;
        run_next(worker, lock);
    }
    worker.ended = true;
    --live_;
    if (!ready_.empty()) work_or_stop_.notify_one();
}

void ThreadLane::run_share()
{
    std::unique_lock lock(context_.mutex);
    if (ready_.empty()) return;  // a worker was quicker, or all is cancelled
    if (idle_guests_.empty()) {
        idle_guests_.push_back(workers_.emplace_back(std::make_unique<Worker>(services_)).get());
        idle_guests_.back()->is_guest = true;
    }
    Worker& guest = *idle_guests_.back();
    idle_guests_.pop_back();
    guest.handle = pthread_self();
    run_next(guest, lock);
    answered_.wait(lock, [&] { return !guest.is_asked; });
    idle_guests_.push_back(&guest);
}

void ThreadLane::run_next(Worker& worker, std::unique_lock<std::mutex>& lock)
{
    worker.parcel = std::move(ready_.front());
    ready_.pop_front();
    run_parcel(worker, lock);
    if (context_.slots.out() == 0) context_.quiet.notify_all();
}

void ThreadLane::run_parcel(Worker& worker, std::unique_lock<std::mutex>& lock)
{
    Returned returned;
    worker.parcel_since = monotonic_ns();
    for (worker.next = 0; worker.next < worker.parcel.jobs.size();) {
        const Job job = worker.job = worker.parcel.jobs[worker.next++];
        worker.invocation.rearm();
        if (cancelled_) worker.invocation.cancel();
        const int64_t since = worker.since = monotonic_ns();
        Task& task = tasks_[job.id];
        Code next = next_.empty() ? nullptr : take_next(job.id);
        lock.unlock();
        if (next) {
            end_state(job.id, task);
            task.code = std::move(next);
        }
        worker.invocation.run(context_.functions[job.id], *task.code, task.instance, job, returned);
        lock.lock();
        worker.since = 0;
        returned.was_reported = std::exchange(worker.is_lost, false);
        if (returned.was_reported) --lost_;
        lock.unlock();
        context_.on_return(job, std::move(returned));
        lock.lock();
        context_.slots.finished(worker.parcel.id, job.id, monotonic_ns() - since);
    }
    worker.parcel.jobs.clear();
    if (std::exchange(worker.gave_back, false) && !worker.is_guest) --without_slot_;
    context_.pump();
}

void ThreadLane::tend(int64_t now)
{
    join_ended();
    const size_t count = workers_.size();  // those that are added here have just begun
    for (size_t i = 0; i < count; ++i) {
        Worker& worker = *workers_[i];
        if (worker.since == 0) continue;
        const int64_t ran = now - worker.since;
        if (now - worker.parcel_since >= kHoldUp) withdraw_rest(worker);
        if ((ran < context_.patience_ns && !is_late(worker, now)) || worker.gave_back || cancelled_) continue;
        if (!context_.slots.give_back(worker.parcel.id)) continue;
        worker.gave_back = true;
        if (!worker.is_guest) {
            ++without_slot_;
            add_thread();
        }
        log(LogLevel::kWarning, "pool", "runs for long, and gives its slot to others",
            {{"name", context_.functions[worker.job.id].name}});
    }
    context_.pump();
}

bool ThreadLane::is_late(const Worker& worker, int64_t now) const
{
    const int64_t timeout = context_.functions[worker.job.id]->timeout.count();
    return worker.since != 0 && timeout > 0 && now - worker.since >= timeout + kNoticeTime;
}

// Asking a thread where it stands takes its time, so nothing is locked meanwhile; whoever has come back then is not
// late.
void ThreadLane::report_late()
{
    std::vector<std::pair<Worker*, int64_t>> late;
    std::unique_lock lock(context_.mutex);
    const int64_t now = monotonic_ns();
    for (const auto& worker : workers_) {
        if (!cancelled_ && !worker->is_lost && is_late(*worker, now)) late.emplace_back(worker.get(), worker->since);
    }
    for (const auto& [worker, since] : late) {
        if (worker->since != since) continue;
        worker->is_asked = true;
        lock.unlock();
        const std::string stack = stack_of(worker->handle);
        lock.lock();
        worker->is_asked = false;
        answered_.notify_all();
        if (worker->since != since) continue;
        worker->is_lost = true;
        ++lost_;
        log(LogLevel::kWarning, "pool", "runs past its timeout; its thread is lost until it returns",
            {{"name", context_.functions[worker->job.id].name}});
        // Under the lock, so that its homecoming cannot pass its report.
        context_.on_return(worker->job, timeout_report(*worker, stack, monotonic_ns()));
    }
}

void ThreadLane::withdraw_rest(Worker& worker)
{
    auto& jobs = worker.parcel.jobs;
    if (worker.next >= jobs.size()) return;
    const std::vector<Job> rest(jobs.begin() + static_cast<std::ptrdiff_t>(worker.next), jobs.end());
    jobs.resize(worker.next);
    context_.slots.put_back(worker.parcel.id, rest);
}

Returned ThreadLane::timeout_report(const Worker& worker, const std::string& stack, int64_t now) const
{
    const int64_t timeout = context_.functions[worker.job.id]->timeout.count();
    const int64_t wall = wall_ns(), ran = now - worker.since;
    std::string text = fmt::format("timed out after {} s, and still runs", static_cast<double>(timeout) / 1e9);
    if (!stack.empty()) text += "; stack: " + stack;
    return {.code = DW_ERROR,
            .outcome = Outcome::kTimedOut,
            .lost_value = true,
            .still_runs = true,
            .started = wall - ran,
            .finished = wall,
            .late = boot_ns() - ran - worker.job.due,
            .media_type = {},
            .bytes = std::move(text)};
}

void ThreadLane::join_ended()
{
    std::erase_if(workers_, [](const std::unique_ptr<Worker>& worker) {
        if (!worker->ended) return false;
        worker->thread.join();
        return true;
    });
}

void ThreadLane::cancel()
{
    cancelled_ = true;
    for (Parcel& parcel : ready_) context_.slots.put_back(parcel.id, parcel.jobs);
    ready_.clear();
    for (const auto& worker : workers_) {
        withdraw_rest(*worker);
        if (worker->since != 0) worker->invocation.cancel();
    }
    context_.slots.drop_all();
}

void ThreadLane::add_stuck(int64_t now, std::vector<Stuck>& out) const
{
    for (const auto& worker : workers_) {
        if (worker->since == 0 || !context_.is_stuck(worker->job.id, now - worker->since)) continue;
        out.push_back({worker->job.id, now - worker->since});
    }
}

}  // namespace dumbwaiter
