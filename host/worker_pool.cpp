// SPDX-License-Identifier: BSD-3-Clause
#include "worker_pool.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "clock.hpp"

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
    for (uint32_t i = 0; i < options_.slots; ++i) add_worker();
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

void WorkerPool::add_worker()
{
    workers_.push_back(std::make_unique<Worker>(services_, manifest_.settings.result_limit));
    ++live_;
    Worker& worker = *workers_.back();
    worker.thread = std::thread([this, &worker] { work(worker); });
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
            Serial& serial = serials_[serial_of_[job.id]];
            if (serial_of_[job.id] == kFree || !std::exchange(serial.busy, true)) return true;
            serial.waiting.push_back(job);
        }
        ++idle_;
        work_or_stop_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        --idle_;
    }
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
    if (worker.gave_back) {
        worker.gave_back = false;
        --given_back_;
        --given_back_of_[resolution_.bindings[worker.id].library_id];
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
        uint32_t& of_library = given_back_of_[resolution_.bindings[worker.id].library_id];
        if (of_library >= options_.extra_of_a_library) continue;
        worker.gave_back = true;
        ++of_library;
        ++given_back_;
        add_worker();
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
