// SPDX-License-Identifier: BSD-3-Clause
#include "dispatcher.hpp"

#include <cstdlib>
#include <system_error>
#include <utility>

#include "clock.hpp"
#include "log.hpp"

namespace dumbwaiter {

namespace {

enum : uint32_t { kTime, kAsked, kClockSet };  // what wakes a thread

}  // namespace

Dispatcher::Dispatcher(const Functions& functions, Schedule schedule, Dependents dependents, Ledger& ledger, Sink& sink,
                       std::function<void()> when_idle)
    : functions_(functions),
      ledger_(ledger),
      sink_(sink),
      when_idle_(std::move(when_idle)),
      schedule_(std::move(schedule)),
      failed_(functions.size(), false),
      paused_(functions.size(), false),
      off_(functions.size(), false),
      finished_(functions.size(), 0),
      wall_offset_(schedule_.wall_offset()),
      dependents_(std::move(dependents))
{
    wait_.add(timer_.number(), kTime);
    wait_.add(event_.number(), kAsked);
    wait_.add(clock_watch_.descriptor(), kClockSet);
}

Dispatcher::~Dispatcher()
{
    stop();
    join();
}

void Dispatcher::start(Executor& executor)
{
    const std::lock_guard round(round_);  // the first round knows how many they are
    executor_ = &executor;
    while (threads_.size() < kThreads) {
        try {
            threads_.emplace_back([this] { work(); });
        } catch (const std::system_error& error) {
            if (threads_.empty()) throw;
            log(LogLevel::kError, "pool", "the system gives no second thread for the schedule",
                {{"error", error.what()}});
            return;  // one is enough, and runs nothing
        }
    }
}

void Dispatcher::stop()
{
    {
        const std::lock_guard round(round_);
        stopping_ = true;
        event_.raise();
    }
    for (std::thread& thread : threads_) {
        if (thread.joinable() && thread.get_id() != sharer_.load()) thread.join();
    }
}

void Dispatcher::join()
{
    for (std::thread& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

void Dispatcher::ask_for_round()
{
    if (!is_asked_.exchange(true)) event_.raise();
}

void Dispatcher::work()
{
    bool clock_was_set = true;  // since the schedule was made, it may have been
    while (come_round(clock_was_set)) clock_was_set = (wait_.wait() >> kClockSet & 1) != 0;
    event_.raise();  // for the next thread, as an event wakes one
}

bool Dispatcher::come_round(bool clock_was_set)
{
    bool has_share = false;
    {
        const std::lock_guard round(round_);
        if (stopping_) return false;
        is_asked_ = false;
        rounds_.fetch_add(1, std::memory_order_relaxed);
        if (clock_was_set) heed_clock();
        carry_out_orders();
        take_homecomings();
        take_triggers();
        has_share = submit_due();
        if (when_idle_ && schedule_.idle() && !std::exchange(told_idle_, true)) when_idle_();
        next_wake_ = schedule_.next_wake();
        next_wake_ == kNever ? timer_.disarm() : timer_.set(next_wake_);
    }
    if (has_share) {
        executor_->run_share();
        commit_in_passing();
        sharer_ = std::thread::id();
    }
    return true;
}

void Dispatcher::commit_in_passing()
{
    if (!sink_.bringers_commit()) return;
    const int64_t next = next_wake_;
    sink_.commit_in_passing(executor_->running() > 0 ? 0 : next == kNever ? kNever : next - boot_ns());
}

void Dispatcher::come_home(const Job& job, Returned&& returned)
{
    Homecoming homecoming{.id = job.id,
                          .attempt = job.attempt,
                          .disable = false,
                          .failed = true,
                          .killed_child = returned.killed_child,
                          .finished = returned.finished,
                          .retry_at = std::nullopt,
                          .fault = {}};
    if (!returned.was_reported) {
        const bool still_runs = returned.still_runs;
        if (job.attempt == 0) lateness_.add(returned.late);
        Verdict verdict = ledger_.accept(job, std::move(returned), stopping_);
        tell(job.id, verdict);
        if (verdict.failed) homecoming.fault = verdict.append->payload;
        if (verdict.append) sink_.push(std::move(*verdict.append));
        if (still_runs) return;
        homecoming.disable = verdict.disable;
        homecoming.failed = verdict.failed;
        if (verdict.retry_after) homecoming.retry_at = boot_ns() + *verdict.retry_after;
    }
    // What waited for its end is due now.
    const FunctionSpec& spec = functions_[job.id];
    const bool may_wait = spec->overlap == Overlap::kQueue || !spec->after.empty();
    bool is_urgent = may_wait || homecoming.retry_at || homecoming.disable || homecoming.killed_child || when_idle_;
    {
        const std::lock_guard lock(mutex_);
        inbox_.push_back(std::move(homecoming));
        is_urgent |= awaits_homecomings_;  // here, so that either side sees the other
    }
    // Otherwise the next tick is early enough: until then nothing of this function is due.
    if (is_urgent) ask_for_round();
}

void Dispatcher::note_commit(const std::vector<Append>& appends)
{
    bool any = false;
    {
        const std::lock_guard lock(mutex_);
        if (dependents_.empty()) return;
        for (const Append& append : appends) {
            if (append.kind != Append::Kind::kValue) continue;
            const auto& due = dependents_.of(append.name);
            triggered_.insert(triggered_.end(), due.begin(), due.end());
            any = any || !due.empty();
        }
    }
    if (any) ask_for_round();
}

void Dispatcher::take_triggers()
{
    {
        const std::lock_guard lock(mutex_);
        due_now_.swap(triggered_);
    }
    // Those of one commit make one invocation: none of them starts before all are in.
    const int64_t now = boot_ns();
    for (const FunctionId id : due_now_) {
        const auto adoption = adoptions_.find(id);
        if (adoption == adoptions_.end()) {
            schedule_.trigger(id, now);
        } else if (adoption->second.spec && !adoption->second.spec->terms->after.empty()) {
            adoption->second.first = now;
        }
    }
    due_now_.clear();
}

void Dispatcher::heed_clock()
{
    clock_watch_.look();
    // Two looks at two clocks never agree to the nanosecond, and due times are to be the same whoever asks.
    const int64_t offset = ClockWatch::wall_offset();
    if (std::abs(offset - schedule_.wall_offset()) < kMillisecond) return;
    schedule_.clock_was_set(boot_ns(), offset);
    wall_offset_.store(schedule_.wall_offset(), std::memory_order_relaxed);
}

void Dispatcher::take_homecomings()
{
    {
        const std::lock_guard lock(mutex_);
        arrived_.swap(inbox_);
    }
    if (arrived_.empty()) return;
    for (const Homecoming& homecoming : arrived_) take_homecoming(homecoming);
    arrived_.clear();
    note_what_is_awaited();
}

void Dispatcher::take_homecoming(const Homecoming& homecoming)
{
    const FunctionId id = homecoming.id;
    schedule_.finished(id);
    failed_[id] = homecoming.failed;
    if (!homecoming.failed) finished_[id] = homecoming.finished;
    judge(homecoming);
    const bool tries_again = homecoming.retry_at && !paused_[id] && !quarantine_.holds(id) && !adoptions_.contains(id);
    // With the next due time coming first, that one is the next try.
    if (tries_again) schedule_.retry(id, *homecoming.retry_at, homecoming.attempt + 1);
    // Those that this run was for wait no more when what comes next is planned.
    if (!refreshes_.empty() && !tries_again) tell_waiters(homecoming);
    if (auto adoption = adoptions_.extract(id)) take_up(adoption.mapped());
}

void Dispatcher::judge(const Homecoming& homecoming)
{
    const FunctionId id = homecoming.id;
    if (homecoming.disable) {
        schedule_.disable(id);
        off_[id] = true;
        note(id);
    }
    if (homecoming.killed_child) {
        if (quarantine_.died(id, boot_ns())) put_away(id);
    } else if (quarantine_.worked(id, boot_ns())) {
        log(LogLevel::kInfo, "function", "is out of quarantine", {{"name", functions_[id].name}});
        note(id);
    }
}

void Dispatcher::put_away(FunctionId id)
{
    schedule_.suspend(id, quarantine_.away_until(id));
    log(LogLevel::kError, "function",
        "is in quarantine for ten minutes, then it gets one try: its child died of it too often",
        {{"name", functions_[id].name}});
    note(id);
}

void Dispatcher::note(FunctionId id)
{
    {
        const std::lock_guard lock(mutex_);
        changes_.push_back({id, quarantine_.holds(id), off_[id]});
    }
    if (when_changed_) when_changed_();
}

std::vector<Dispatcher::Change> Dispatcher::changes()
{
    const std::lock_guard lock(mutex_);
    return std::exchange(changes_, {});
}

// True: part of it is left to this thread.
bool Dispatcher::submit_due()
{
    fires_.clear();
    jobs_.clear();
    const int64_t now = boot_ns();
    schedule_.take_due(now, fires_);
    if (skipped_.exchange(schedule_.skipped(), std::memory_order_relaxed) != schedule_.skipped()) note_skippers();
    if (fires_.empty()) return false;
    for (const Fire& fire : fires_) {
        Job job{
            .id = fire.id, .attempt = fire.attempt, .due = fire.due, .due_wall = fire.due + schedule_.wall_offset()};
        ledger_.prepare(job);
        jobs_.push_back(job);
    }
    const bool may_share = threads_.size() == kThreads && sharer_.load() == std::thread::id();
    const bool has_share = executor_->submit(jobs_, may_share);
    if (has_share) sharer_ = std::this_thread::get_id();
    return has_share;
}

void Dispatcher::note_skippers()
{
    schedule_.take_skippers(skippers_);
    for (const FunctionId id : skippers_) troubles_.skipped(id, schedule_.skipped(id));
}

void Dispatcher::tell(FunctionId id, const Verdict& verdict)
{
    const std::string& name = functions_[id].name;
    if (!verdict.failed) {
        if (verdict.failures_in_row > 0 && troubles_.works_again(id)) {
            log(LogLevel::kInfo, "function", "works again", {{"name", name}, {"failures", verdict.failures_in_row}});
        }
        return;
    }
    const FailureLine line = troubles_.failed(id, verdict.failures_in_row, monotonic_ns(), verdict.disable);
    if (!line.is_told) return;
    const std::string_view sentence = verdict.disable ? "failed, and asks to be left alone" : "failed";
    const LogField row("in_a_row", verdict.failures_in_row), text("text", verdict.append->payload);
    if (line.untold > 0) {
        log(LogLevel::kWarning, "function", sentence, {{"name", name}, row, {"untold", line.untold}, text});
    } else {
        log(LogLevel::kWarning, "function", sentence, {{"name", name}, row, text});
    }
}

}  // namespace dumbwaiter
