// SPDX-License-Identifier: BSD-3-Clause
#include "worker_pool.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "clock.hpp"
#include "log.hpp"

namespace dumbwaiter {

WorkerPool::WorkerPool(const Manifest& manifest, const Resolution& resolution, const Registry& registry,
                       CallServices& services, const Options& options, OnReturn on_return)
    : manifest_(manifest),
      resolution_(resolution),
      registry_(registry),
      services_(services),
      options_(options),
      on_return_(std::move(on_return)),
      instances_(manifest.functions.size())
{
    assign_serials(resolution);
    const std::lock_guard lock(mutex_);
    while (live_ < options_.slots && add_worker()) {
    }
    // With fewer threads than asked for everything runs, only later.
    if (live_ == 0) throw std::system_error(EAGAIN, std::system_category(), "starting a worker thread");
    slots_ = live_;
}

void WorkerPool::assign_serials(const Resolution& resolution)
{
    const size_t count = manifest_.functions.size();
    std::unordered_map<uint32_t, bool> whole_library;
    for (size_t i = 0; i < count; ++i) {
        whole_library[resolution.bindings[i].library_id] |=
            (registry_.functions[i].info.flags & DW_SERIAL_LIBRARY) != 0;
    }
    std::unordered_map<std::string, uint32_t> groups;
    serials_.resize(1);
    serial_of_.assign(count, kFree);
    for (size_t i = 0; i < count; ++i) {
        const uint32_t library = resolution.bindings[i].library_id;
        const bool by_library = whole_library[library];
        if (!by_library && (registry_.functions[i].info.flags & DW_SERIAL) == 0) continue;
        const std::string key = std::to_string(library) + ":" + (by_library ? "" : manifest_.functions[i].symbol);
        const auto [group, added] = groups.try_emplace(key, static_cast<uint32_t>(serials_.size()));
        if (added) serials_.emplace_back();
        serial_of_[i] = group->second;
    }
}

WorkerPool::~WorkerPool()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        queue_.clear();
    }
    work_or_stop_.notify_all();
    for (const auto& worker : workers_) {
        if (worker->thread.joinable()) worker->thread.join();
    }
    for (size_t i = 0; i < instances_.size(); ++i) {
        try {
            Invocation::destroy(registry_.functions[i], instances_[i]);
        } catch (...) {
            services_.log(manifest_.functions[i].name, DW_LOG_WARNING, "its destroy threw an exception");
        }
    }
}

bool WorkerPool::add_worker()
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

void WorkerPool::submit(std::span<const Job> jobs)
{
    const std::lock_guard lock(mutex_);
    if (cancelled_) return;
    queue_.insert(queue_.end(), jobs.begin(), jobs.end());
    // One is woken here; each that takes a job wakes the next while there is more (work()).
    if (idle_ > 0 && !jobs.empty()) work_or_stop_.notify_one();
}

bool WorkerPool::take(Job& job, std::unique_lock<std::mutex>& lock)
{
    while (true) {
        if (stopping_) return false;
        while (!queue_.empty()) {
            job = queue_.front();
            queue_.pop_front();
            if (hold_back(job)) continue;
            Serial& serial = serials_[serial_of_[job.id]];
            if (serial_of_[job.id] == kFree || !std::exchange(serial.busy, true)) return true;
            serial.waiting.push_back(job);
        }
        ++idle_;
        work_or_stop_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        --idle_;
    }
}

// A library that hangs gets no more slots than can be given back, so that the others keep theirs.
bool WorkerPool::hold_back(const Job& job)
{
    Library& library = libraries_[resolution_.bindings[job.id].library_id];
    if (library.given_back == 0 || library.running < options_.extra_of_a_library) return false;
    library.held_back.push_back(job);
    return true;
}

void WorkerPool::work(Worker& worker)
{
    Job job;
    Returned returned;
    std::unique_lock lock(mutex_);
    while (!surplus() && take(job, lock)) {
        worker.id = job.id;
        worker.since = monotonic_ns();
        worker.invocation.rearm();  // under the lock, so that a cancel() from now on is not lost
        ++running_;
        ++libraries_[resolution_.bindings[job.id].library_id].running;
        if (!queue_.empty() && idle_ > 0) work_or_stop_.notify_one();
        lock.unlock();
        worker.invocation.run(manifest_.functions[job.id], registry_.functions[job.id], instances_[job.id], job,
                              returned);
        on_return_(job, std::move(returned));
        lock.lock();
        finish(worker);
    }
    worker.ended = true;
    --live_;
    if (!queue_.empty()) work_or_stop_.notify_one();
}

void WorkerPool::finish(Worker& worker)
{
    const uint32_t group = serial_of_[worker.id];
    if (group != kFree) {
        Serial& serial = serials_[group];
        serial.busy = false;
        if (!serial.waiting.empty()) {
            queue_.push_front(serial.waiting.front());
            serial.waiting.pop_front();
        }
    }
    Library& library = libraries_[resolution_.bindings[worker.id].library_id];
    --library.running;
    if (worker.gave_back) {
        worker.gave_back = false;
        --given_back_;
        --library.given_back;
    }
    if (!library.held_back.empty()) {
        queue_.push_front(library.held_back.front());
        library.held_back.pop_front();
    }
    worker.since = 0;
    if (--running_ == 0) quiet_.notify_all();
}

void WorkerPool::tend()
{
    const std::lock_guard lock(mutex_);
    join_ended();
    if (!options_.gives_slots_back || cancelled_) return;
    const int64_t now = monotonic_ns();
    const size_t count = workers_.size();
    for (size_t i = 0; i < count && given_back_ < options_.extra; ++i) {
        Worker& worker = *workers_[i];
        if (worker.since == 0 || worker.gave_back || now - worker.since < options_.patience_ns) continue;
        Library& library = libraries_[resolution_.bindings[worker.id].library_id];
        if (library.given_back >= options_.extra_of_a_library) continue;
        if (!add_worker()) return;
        worker.gave_back = true;
        ++library.given_back;
        ++given_back_;
        log(LogLevel::kWarning, "pool", "runs for long, and gives its slot to others",
            {{"name", manifest_.functions[worker.id].name}});
    }
}

void WorkerPool::join_ended()
{
    std::erase_if(workers_, [](const std::unique_ptr<Worker>& worker) {
        if (!worker->ended) return false;
        worker->thread.join();
        return true;
    });
}

void WorkerPool::cancel()
{
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    queue_.clear();
    for (Serial& serial : serials_) serial.waiting.clear();
    for (auto& [id, library] : libraries_) library.held_back.clear();
    for (const auto& worker : workers_) {
        if (worker->since != 0) worker->invocation.cancel();
    }
}

bool WorkerPool::drained(int64_t until)
{
    std::unique_lock lock(mutex_);
    const auto left = std::chrono::nanoseconds(std::max<int64_t>(until - monotonic_ns(), 0));
    return quiet_.wait_for(lock, left, [&] { return running_ == 0; });
}

uint32_t WorkerPool::running() const
{
    const std::lock_guard lock(mutex_);
    return running_;
}

std::vector<Stuck> WorkerPool::stuck() const
{
    const std::lock_guard lock(mutex_);
    std::vector<Stuck> out;
    const int64_t now = monotonic_ns();
    for (const auto& worker : workers_) {
        if (worker->since != 0 && now - worker->since >= options_.patience_ns)
            out.push_back({worker->id, now - worker->since});
    }
    return out;
}

}  // namespace dumbwaiter
