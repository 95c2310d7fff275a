// SPDX-License-Identifier: BSD-3-Clause
//
// What comes back from a child: results, questions, and its end. All on a thread of the child's own, so that one that
// floods its channel keeps nobody else waiting.
#include <dumbwaiter/codes.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include "child_lane.hpp"
#include "child_limits.hpp"
#include "clock.hpp"
#include "elf_symbols.hpp"
#include "log.hpp"
#include "sealed_library.hpp"

namespace dumbwaiter {

namespace {

constexpr auto kUntilKilledAgain = std::chrono::milliseconds(10);

// Woken, this thread drives no plugin off a processor (sched(7)): a child that makes several results at a time would be
// stopped for each of them.
void yield_to_others()
{
    const sched_param same{};
    if (sched_getscheduler(0) == SCHED_OTHER) (void)sched_setscheduler(0, SCHED_BATCH, &same);
}

}  // namespace

void ChildLane::receive()
{
    if (!options_.keeps_lookout) yield_to_others();
    const channel::HostEnd::Handler handler{
        .on_result = [this](uint32_t worker, uint32_t cell,
                            Returned&& returned) { take_result(worker, cell, std::move(returned)); },
        .on_read = [this](uint32_t worker, std::string_view name) { take_read(worker, name); }};
    while (true) {
        const bool is_last = bury_;
        if (!end_->drain(handler)) {
            while (!bury_) end_for_misuse();
            return bury();
        }
        if (is_last) return bury();
        if (!bury_) end_->wait(-1);  // its bell may have rung before drain() looked at the bell
    }
}

void ChildLane::end_for_misuse()
{
    {
        const std::lock_guard lock(context_.mutex);
        load_fault_ = "it wrote into the memory that it shares with the host";
        context_.slots.set_open(options_.lane, false);
        process_.kill(SIGKILL);  // again until it is gone: its pid may not be known yet
    }
    std::this_thread::sleep_for(kUntilKilledAgain);  // not at the doorbell, which the child may go on ringing
}

void ChildLane::take_result(uint32_t index, uint32_t cell, Returned&& returned)
{
    Job job;
    {
        const std::lock_guard lock(context_.mutex);
        Worker& worker = workers_[index];
        // A cell that was not given out, or has come back already: somebody else wrote here.
        if (cell >= worker.jobs.size() || ((worker.out & ~worker.claimed) >> cell & 1) == 0) return;
        worker.claimed |= uint64_t{1} << cell;
        job = worker.jobs[cell];
    }
    const FunctionSpec& spec = context_.functions[job.id];
    const int64_t took = returned.finished - returned.started;
    if (returned.serializer != 0) returned.serializer = static_cast<uint8_t>(spec.serializer);
    context_.on_return(job, std::move(returned));

    const std::lock_guard lock(context_.mutex);
    Worker& worker = workers_[index];
    worker.out &= ~(uint64_t{1} << cell);
    worker.claimed &= ~(uint64_t{1} << cell);
    worker.last_home = monotonic_ns();
    relax_after(job);
    if (context_.slots.finished(*worker.parcel, job.id, took)) {
        worker.parcel.reset();
        idle_.push_back(index);
        restarts_.worked(worker.last_home);
    }
    context_.pump();
    if (context_.slots.out() == 0) context_.quiet.notify_all();
}

void ChildLane::take_read(uint32_t worker, std::string_view name)
{
    const auto stored = services_.stored(name);
    if (stored) {
        end_->answer(worker, stored->serializer, stored->facts, stored->payload);
    } else {
        end_->refuse(worker, stored.error().code, stored.error().message);
    }
}

// ---- its end

std::vector<std::pair<uint32_t, uint32_t>> ChildLane::running() const
{
    std::vector<std::pair<uint32_t, uint32_t>> running;
    for (uint32_t index = 0; index < workers_.size(); ++index) {
        if (!workers_[index].parcel) continue;
        if (const auto cell = running_cell(index)) running.emplace_back(index, *cell);
    }
    return running;
}

Victim ChildLane::victim_of(uint32_t index, uint32_t cell) const
{
    const channel::WorkerPage& page = end_->memory().page(index);
    const channel::Front& front = end_->memory().front();
    const Job& job = workers_[index].jobs[cell];
    const uint32_t frames = std::min(page.stack.count.load(std::memory_order_acquire), channel::kFrames);
    const uint32_t modules = std::min(front.modules_count.load(std::memory_order_acquire), channel::kModules);
    return {.cause = static_cast<channel::Cause>(std::min(page.note.cause.load(std::memory_order_acquire), 3u)),
            .number = page.note.number,
            .address = page.note.address,
            .stack = describe_stack({page.stack.frames, frames}, {front.modules, modules},
                                    [this](std::string_view module, uint64_t at) { return function_in(module, at); }),
            .timed_out = workers_[index].timed_out,
            .timeout_ns = context_.functions[job.id]->timeout.count(),
            .again = job.again};
}

// Out of the copy that runs, whatever its file is by now.
std::string ChildLane::function_in(std::string_view module, uint64_t offset) const
{
    for (const auto& library : plan_.libraries) {
        if (library->file.filename().string() != module) continue;
        return function_at(SealedBytes(library->copy).bytes(), offset);
    }
    return {};
}

Returned ChildLane::crash_report(const Job& job, uint32_t index, const Finding& finding) const
{
    const Limits& limits = plan_.limits;
    const bool by_limit = end_->memory().page(index).note.number == SIGXCPU && finding.is_to_blame;
    const std::string limit = by_limit ? limit_that_killed(SIGXCPU, limits) : std::string();
    const int64_t now = wall_ns();
    const int64_t ran = monotonic_ns() - begun(workers_[index], index, monotonic_ns());
    return {.code = DW_ERROR,
            .outcome = finding.outcome,
            .lost_value = true,
            .killed_child = finding.is_to_blame,
            .started = now - ran,
            .finished = now,
            .late = boot_ns() - ran - job.due,
            .media_type = {},
            .bytes = limit.empty() ? finding.text + limit_note(finding.text, limits) : limit};
}

// Everything that it sent has been read. What ran is judged, what had not begun goes back to the queue.
void ChildLane::bury()
{
    std::vector<Delivery> deliveries;
    std::vector<std::pair<uint32_t, Job>> done;  // parcel, job
    {
        const std::lock_guard lock(context_.mutex);
        const auto at = running();
        std::vector<Victim> victims;
        for (const auto& [index, cell] : at) victims.push_back(victim_of(index, cell));
        const auto findings =
            autopsy(victims, {.status = status_, .stopping = stopping_, .with_spawner = died_with_spawner_});
        for (size_t i = 0; i < at.size(); ++i) {
            const auto [index, cell] = at[i];
            Worker& worker = workers_[index];
            const Finding& finding = findings[i];
            Job job = worker.jobs[cell];
            worker.out &= ~(uint64_t{1} << cell);
            if (finding.fate == Finding::Fate::kAgain) {
                if (!std::exchange(job.again, true)) ++careful_;  // once, however often it runs again
                if (context_.slots.put_back(*worker.parcel, {&job, 1})) worker.parcel.reset();
                continue;
            }
            relax_after(job);
            deliveries.push_back({job, crash_report(job, index, finding)});
            done.emplace_back(*worker.parcel, job);
        }
        tell_of_death(victims);
    }
    context_.deliver(deliveries);
    const std::lock_guard lock(context_.mutex);
    for (const auto& [parcel, job] : done) context_.slots.finished(parcel, job.id, kSecond);
    put_back_unbegun();
    forget_child();
    // One at a time until those that run again are home: nobody can take them along a second time, and should the child
    // die again, the cause is known.
    set_width();
    context_.pump();
    context_.quiet.notify_all();
}

// A job that runs again is home, or hangs: the others may run beside each other again when all are.
void ChildLane::relax_after(const Job& job)
{
    if (job.again && careful_ > 0 && --careful_ == 0) set_width();
}

void ChildLane::put_back_unbegun()
{
    for (Worker& worker : workers_) {
        if (!worker.parcel || worker.out == 0) continue;
        std::vector<Job> jobs;
        for (uint64_t left = worker.out; left != 0; left &= left - 1) {
            jobs.push_back(worker.jobs[static_cast<size_t>(std::countr_zero(left))]);
        }
        context_.slots.put_back(*worker.parcel, jobs);
    }
}

void ChildLane::tell_of_death(std::span<const Victim> victims)
{
    const int64_t now = monotonic_ns();
    const bool any_late = std::ranges::any_of(victims, &Victim::timed_out);
    if (stopping_) return;
    if (any_late || died_with_spawner_) {
        restarts_.died(Restarts::Reason::kHost, now);
    } else {
        restarts_.died(victims.empty() ? Restarts::Reason::kLibrary : Restarts::Reason::kFunction, now);
    }
    const std::string cause = load_fault_.empty() ? cause_of(status_) : load_fault_;
    if (load_fault_.empty()) load_fault_ = state_ == State::kStarting ? cause + " while it was loaded" : cause;
    log(LogLevel::kWarning, "child", "died",
        {{"library", plan_.name},
         {"pid", process_.pid()},
         {"cause", cause},
         {"again_in", fmt::format("{:.1f}", static_cast<double>(restarts_.next_start() - now) / 1e9)}});
}

void ChildLane::forget_child()
{
    process_.has_ended();
    state_ = State::kDown;
    workers_.clear();
}

}  // namespace dumbwaiter
