// SPDX-License-Identifier: BSD-3-Clause
//
// What a running host tells the service manager.
#include <fmt/format.h>

#include "clock.hpp"
#include "log.hpp"
#include "running_host.hpp"

namespace dumbwaiter {

std::string RunningHost::status_line() const
{
    const Sink::Numbers numbers = sink_.numbers();
    if (!numbers.last_error.empty()) return "the store cannot be written: " + numbers.last_error;
    return fmt::format("{} functions, {} invocations, {} errors", roster_->in_manifest(),
                       ledger_.counters().invocations.load(), ledger_.counters().errors.load());
}

// systemd waits for the end of a reload that it knows of, also of one that was refused.
void RunningHost::tell_reload()
{
    const bool is_reloading = reloader_->descriptor() >= 0;
    if (is_reloading == told_reloading_) return;
    told_reloading_ = is_reloading;
    if (is_reloading) return service_.reloading();
    service_.reloaded(reloader_->fault().empty() ? status_line() : "the manifest was refused: " + reloader_->fault());
}

// Only while the schedule moves: who stands still is to be restarted.
void RunningHost::feed_watchdog(int64_t now)
{
    if (service_.watchdog_interval() == 0 || now < next_feed_) return;
    next_feed_ = now + service_.watchdog_interval();
    const Sink::Numbers numbers = sink_.numbers();
    const bool is_alive = pulse_.beats(
        {.rounds = dispatcher_->rounds(), .pending = numbers.pending, .commits = numbers.commits + numbers.failures});
    dispatcher_->ask_for_round();
    if (is_alive) service_.feed_watchdog();
    if (!is_alive && !told_standstill_) {
        log(LogLevel::kError, "host", "nothing moves, and the watchdog is not fed",
            {{"waiting", numbers.pending}, {"commits", numbers.commits}});
    }
    told_standstill_ = !is_alive;
}

}  // namespace dumbwaiter
