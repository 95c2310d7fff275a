// SPDX-License-Identifier: BSD-3-Clause
//
// How a running host ends.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "clock.hpp"
#include "log.hpp"
#include "running_host.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kChildrenEnd = 800 * kMillisecond;  // for destroy functions, and from SIGTERM to SIGKILL and the end
constexpr int64_t kStep = 20 * kMillisecond;  // how long a second signal may wait to be seen while the host stops

}  // namespace

// No new invocation; what runs is asked to end and gets the grace; then the last commit.
ExitCode RunningHost::stop()
{
    const int64_t grace_ends = monotonic_ns() + settings_.shutdown_grace.count();
    service_.stopping("stopping");
    steering_->stop_listening();
    dispatcher_->stop();
    executor_->cancel();
    wait_for_workers(grace_ends);
    const bool all_gone = executor_->end_children(std::max(grace_ends, monotonic_ns()) + kChildrenEnd);
    const bool quiet = executor_->drained(0) && all_gone;
    dispatcher_->settle();
    for (const Stuck& stuck : executor_->stuck()) {
        log(LogLevel::kWarning, "host", "still runs after the grace, and is left behind",
            {{"name", roster_->name(stuck.id)}, {"seconds", fmt::format("{:.1f}", stuck.running_ns / 1e9)}});
    }
    note_changes();
    note_troubles(roster_->size());
    documents_->put_all(ledger_, kSecond);
    beat("stopped");
    const bool committed = wait_for_commit(std::max(grace_ends, monotonic_ns()) + kSecond);
    const Sink::Numbers numbers = sink_.numbers();
    const bool all_well = !options_.once || (all_done_ && !dispatcher_->any_failed());
    ExitCode code = (all_well && !spawner_died_) || signalled_ ? ExitCode::kDone : ExitCode::kFailed;
    if (!committed || numbers.pending > 0) {
        log(LogLevel::kError, "host", "results could not be stored and are lost",
            {{"results", numbers.pending}, {"error", numbers.last_error}});
        code = ExitCode::kStore;
    }
    log(LogLevel::kInfo, "host", "stopped", {{"invocations", ledger_.counters().invocations.load()}});
    // A thread that still runs plugin code, or waits for a child, cannot be joined, nor may what it uses be destroyed
    // under it.
    if (!quiet || !committed) leave_at_once(code, "");
    dispatcher_->join();
    executor_.reset();
    return code;
}

bool RunningHost::wait_for_workers(int64_t until)
{
    while (monotonic_ns() < until) {
        if (executor_->drained(std::min(until, monotonic_ns() + kStep))) return true;
        heed_second_signal();
    }
    return executor_->drained(0);
}

bool RunningHost::wait_for_commit(int64_t until)
{
    while (monotonic_ns() < until) {
        if (sink_.finish(std::min(until, monotonic_ns() + kStep))) return true;
        heed_second_signal();
    }
    return sink_.finish(0);
}

void RunningHost::heed_second_signal()
{
    const int number = signals_.wait(0);
    if (number != SIGTERM && number != SIGINT) return;
    // The first one, where --for or --once began the end.
    if (std::exchange(signalled_, true)) {
        leave_at_once(ExitCode::kInterrupted, "interrupted a second time: leaving at once");
    }
}

void RunningHost::leave_at_once(ExitCode code, std::string_view why)
{
    if (!why.empty()) log(LogLevel::kWarning, "host", why);
    _exit(static_cast<int>(code));
}

}  // namespace dumbwaiter
