// SPDX-License-Identifier: BSD-3-Clause
#include "running_host.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>

#include "clock.hpp"
#include "host_document.hpp"
#include "log.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kTendInterval = 200 * kMillisecond;
constexpr int64_t kStep = 20 * kMillisecond;  // how long a second signal may wait to be seen while the host stops

uint32_t worker_count(const Settings& settings, const RunOptions& options)
{
    if (!settings.threaded) return 1;
    const uint32_t wanted = options.workers.value_or(settings.workers);
    return wanted > 0 ? wanted : std::max(std::thread::hardware_concurrency(), 4u);
}

Sink::Options sink_options(const Settings& settings)
{
    return {.commit_interval_ns = settings.commit_interval.count(),
            .sync_each_second = settings.durability == Durability::kRelaxed};
}

}  // namespace

RunningHost::RunningHost(const Manifest& manifest, const Resolution& resolution, const Registry& registry, Store& store,
                         Signals& signals, const RunOptions& options)
    : manifest_(manifest),
      resolution_(resolution),
      registry_(registry),
      store_(store),
      signals_(signals),
      options_(options),
      started_wall_(wall_ns()),
      started_(monotonic_ns()),
      workers_(worker_count(manifest.settings, options)),
      ledger_(manifest),
      sink_(store, sink_options(manifest.settings)),
      services_(store, sink_, registry.serializers)
{}

Status RunningHost::remember()
{
    remembered_.reserve(manifest_.functions.size());
    for (const FunctionSpec& spec : manifest_.functions) {
        const auto state = store_.state_of(spec.name);
        if (!state) return within("reading what is stored of " + spec.name, state.error());
        auto document = store_.document("#functions", spec.name);
        if (!document) return within("reading what is stored of " + spec.name, document.error());
        ledger_.restore(static_cast<FunctionId>(remembered_.size()), *state);
        remembered_.push_back({*state, std::move(*document)});
    }
    return {};
}

Status RunningHost::start()
{
    if (const Status remembered = remember(); !remembered) {
        sink_.finish(monotonic_ns() + kSecond);
        return remembered;
    }
    phases_ = plan_phases(manifest_, remembered_);
    const Times now{.boot = boot_ns(), .wall = wall_ns()};
    Schedule schedule = options_.once ? plan_once(manifest_, now) : plan_schedule(manifest_, remembered_, phases_, now);
    put_function_documents(true);
    dispatcher_ = std::make_unique<Dispatcher>(manifest_, std::move(schedule), ledger_, sink_, [this] {
        all_done_ = true;
        signals_.wake();
    });
    const WorkerPool::Options pool{.slots = workers_, .gives_slots_back = manifest_.settings.threaded};
    executor_ = std::make_unique<WorkerPool>(
        manifest_, resolution_, registry_, services_, pool,
        [this](const Job& job, Returned&& returned) { dispatcher_->come_home(job, std::move(returned)); });
    beat("running");
    dispatcher_->start(*executor_);
    log(LogLevel::kInfo, "host", "running",
        {{"pid", getpid()},
         {"functions", manifest_.functions.size()},
         {"workers", workers_},
         {"store", store_.folder().string()}});
    return {};
}

void RunningHost::put_function_documents(bool only_changed)
{
    for (size_t i = 0; i < manifest_.functions.size(); ++i) {
        const FunctionSpec& spec = manifest_.functions[i];
        std::string json =
            function_document(spec, phases_[i], ledger_.state(static_cast<FunctionId>(i)), remembered_[i].document);
        if (only_changed && remembered_[i].document == json) continue;
        sink_.put({"#functions", spec.name, json});
        remembered_[i].document = std::move(json);
    }
}

void RunningHost::beat(std::string_view state)
{
    sink_.put({"#host", "host",
               host_document({.state = state,
                              .started = started_wall_,
                              .workers = workers_,
                              .manifest = manifest_,
                              .ledger = ledger_,
                              .dispatcher = *dispatcher_,
                              .executor = *executor_,
                              .sink = sink_,
                              .store = store_})});
}

bool RunningHost::time_is_up(int64_t now) const
{
    return options_.stop_after && now - started_ >= options_.stop_after->count();
}

ExitCode RunningHost::run()
{
    int64_t next_beat = monotonic_ns() + kSecond;
    while (!(options_.once && all_done_)) {
        const int64_t now = monotonic_ns();
        if (time_is_up(now)) break;
        if (now >= next_beat) {
            next_beat = now + kSecond;
            store_.clear_dead_readers();
            beat("running");
        }
        executor_->tend();
        const int number = signals_.wait(now + kTendInterval);
        if (number == SIGHUP) {
            log(LogLevel::kWarning, "host", "reload is not supported yet: restart the host to take a new manifest");
        } else if (number != 0) {
            log(LogLevel::kInfo, "host", "stopping", {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}});
            signalled_ = true;
            break;
        }
    }
    return stop();
}

// No new invocation; what runs is asked to end and gets the grace; then the last commit.
ExitCode RunningHost::stop()
{
    const int64_t grace_ends = monotonic_ns() + manifest_.settings.shutdown_grace.count();
    dispatcher_->stop();
    executor_->cancel();
    const bool quiet = wait_for_workers(grace_ends);
    dispatcher_->settle();
    for (const Stuck& stuck : executor_->stuck()) {
        log(LogLevel::kWarning, "host", "still runs after the grace, and is left behind",
            {{"name", manifest_.functions[stuck.id].name}, {"seconds", fmt::format("{:.1f}", stuck.running_ns / 1e9)}});
    }
    put_function_documents(true);
    beat("stopped");
    const bool committed = wait_for_commit(grace_ends + kSecond);
    const Sink::Numbers numbers = sink_.numbers();
    const bool all_well = !options_.once || (all_done_ && !dispatcher_->any_failed());
    ExitCode code = all_well || signalled_ ? ExitCode::kDone : ExitCode::kFailed;
    if (!committed || numbers.pending > 0) {
        log(LogLevel::kError, "host", "results could not be stored and are lost",
            {{"results", numbers.pending}, {"error", numbers.last_error}});
        code = ExitCode::kStore;
    }
    log(LogLevel::kInfo, "host", "stopped", {{"invocations", ledger_.counters().invocations.load()}});
    // A thread that still runs plugin code cannot be joined, nor may what it uses be destroyed under it.
    if (!quiet || !committed) leave_at_once(code, "");
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
