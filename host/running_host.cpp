// SPDX-License-Identifier: BSD-3-Clause
#include "running_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>

#include "clock.hpp"
#include "host_document.hpp"
#include "log.hpp"
#include "plural.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kDocumentsABeat = 1000;  // what the numbers of those that do badly may cost, however many they are

uint32_t worker_count(const Settings& settings, const RunOptions& options)
{
    if (!settings.threaded) return 1;
    const uint32_t wanted = options.workers.value_or(settings.workers);
    return wanted > 0 ? wanted : std::max(std::thread::hardware_concurrency(), 4u);
}

Sink::Options sink_options(const Settings& settings)
{
    return {.commit_interval_ns = settings.commit_interval.count(),
            .sync_each_second = settings.durability == Durability::kRelaxed,
            .bringers_commit = settings.durability == Durability::kVolatile};
}

}  // namespace

RunningHost::RunningHost(Parts parts, Signals& signals, const RunOptions& options)
    : parts_(std::move(parts)),
      settings_(parts_.manifest.settings),
      store_(parts_.store),
      signals_(signals),
      options_(options),
      manifest_file_(parts_.manifest.full_path()),
      started_wall_(wall_ns()),
      started_(monotonic_ns()),
      workers_(worker_count(settings_, options)),
      functions_(parts_.manifest),
      ledger_(functions_),
      sink_(store_, sink_options(settings_)),
      services_(store_, sink_, parts_.registry.serializers)
{}

// Folders that a reload brought are watched as well, and none where it says so.
void RunningHost::watch_files()
{
    if (!settings_.watch || options_.once) return watcher_.reset();
    if (!watcher_) watcher_ = std::make_unique<FileWatcher>(manifest_file_);
    watcher_->heed_removed_libraries(settings_.autoload);
    for (const auto& folder : settings_.plugin_path) watcher_->watch_libraries(folder);
    for (const auto& folder : roster_->library_folders()) watcher_->watch_libraries(folder);
}

bool RunningHost::note_changes()
{
    const std::vector<Dispatcher::Change> changes = dispatcher_->changes();
    for (const Dispatcher::Change& change : changes) {
        documents_->set_held(change.id, change.is_quarantined, change.is_off);
    }
    return !changes.empty();
}

void RunningHost::note_troubles(size_t most)
{
    Troubles& troubles = dispatcher_->troubles();
    documents_->set_troubles(troubles.take(most));
    if (const uint64_t untold = troubles.take_untold(); untold > 0) {
        log(LogLevel::kWarning, "function", "more of them failed than are told of one by one",
            {{"untold", untold}, {"failing", troubles.failing()}});
    }
}

std::string RunningHost::document(std::string_view state)
{
    return host_document({.state = state,
                          .started = started_wall_,
                          .workers = workers_,
                          .manifest = manifest_file_.string(),
                          .manifest_fault = reloader_->fault(),
                          .autoload_faults = reloader_->autoload_faults().lines(),
                          .roster = *roster_,
                          .documents = *documents_,
                          .ledger = ledger_,
                          .dispatcher = *dispatcher_,
                          .executor = *executor_,
                          .sink = sink_,
                          .store = store_});
}

void RunningHost::beat(std::string_view state)
{
    sink_.put({"#host", "host", document(state)});
}

std::string RunningHost::status_line() const
{
    const Sink::Numbers numbers = sink_.numbers();
    if (!numbers.last_error.empty()) return "the store cannot be written: " + numbers.last_error;
    if (!reloader_->fault().empty()) return "runs on with what was before: " + reloader_->fault();
    const Counters& counters = ledger_.counters();
    return fmt::format("{}, {}, {}", number_of(roster_->in_manifest(), "function"),
                       number_of(counters.invocations.load(), "invocation"),
                       number_of(counters.errors.load(), "error"));
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

bool RunningHost::time_is_up(int64_t now) const
{
    return options_.stop_after && now - started_ >= options_.stop_after->count();
}

// What there is to do now and then; false: the host is to stop.
bool RunningHost::look_around()
{
    const int64_t now = monotonic_ns();
    if (time_is_up(now)) {
        log(LogLevel::kInfo, "host", "stopping", {{"after", "--for"}});
        return false;
    }
    if (now >= next_beat_) {
        next_beat_ = now + kSecond;
        store_.clear_dead_readers();
        if (watcher_) watcher_->look_again(now);
        note_troubles(kDocumentsABeat);
        beat("running");
        service_.say(status_line());
    }
    feed_watchdog(now);
    if (note_changes()) beat("running");
    steering_->serve();
    if (watcher_ && watcher_->has_changed(now)) reloader_->ask({.by_itself = true});
    if (!spawner_died_) return true;
    log(LogLevel::kError, "host",
        "stopping: the process that makes the children was killed, and the one that stood by for it; start the host "
        "again");
    return false;
}

// On CLOCK_MONOTONIC. Whatever else there is to do wakes the main thread.
int64_t RunningHost::next_look() const
{
    int64_t next = next_beat_;
    if (service_.watchdog_interval() != 0) next = std::min(next, next_feed_);
    if (options_.stop_after) next = std::min(next, started_ + options_.stop_after->count());
    if (watcher_ && watcher_->is_waiting()) next = std::min(next, monotonic_ns() + FileWatcher::kQuiet);
    return next;
}

int RunningHost::wait_for_signal()
{
    std::vector<int> also;
    if (reloader_->descriptor() >= 0) also.push_back(reloader_->descriptor());
    if (watcher_) also.push_back(watcher_->descriptor());
    const int number = signals_.wait(next_look(), also);
    if (reloader_->is_ready()) {
        service_.reloading();
        reloader_->tend();
        watch_files();
        service_.reloaded(status_line());
    }
    return number;
}

ExitCode RunningHost::run()
{
    next_beat_ = monotonic_ns() + kSecond;
    while (!(options_.once && all_done_) && look_around()) {
        const int number = wait_for_signal();
        if (number == SIGHUP) {
            reloader_->ask({});
        } else if (number != 0) {
            log(LogLevel::kInfo, "host", "stopping", {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}});
            signalled_ = true;
            break;
        }
    }
    return stop();
}

}  // namespace dumbwaiter
