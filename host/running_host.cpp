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
#include "left_names.hpp"
#include "log.hpp"
#include "refresh_deadline.hpp"
#include "spare_memory.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kFirstCommit = 5 * kSecond;  // a slower disk is no reason not to start
constexpr int64_t kLookInterval = 200 * kMillisecond;
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
            .commits_at_once = settings.commit_interval.count() == 0 && settings.durability == Durability::kVolatile};
}

}  // namespace

RunningHost::RunningHost(Parts parts, Signals& signals, const RunOptions& options)
    : parts_(std::move(parts)),
      settings_(parts_.manifest.settings),
      store_(parts_.store),
      signals_(signals),
      options_(options),
      manifest_file_(parts_.manifest.folder / parts_.manifest.file.filename()),
      started_wall_(wall_ns()),
      started_(monotonic_ns()),
      workers_(worker_count(settings_, options)),
      functions_(parts_.manifest),
      ledger_(functions_),
      sink_(store_, sink_options(settings_)),
      services_(store_, sink_, parts_.registry.serializers)
{}

Expected<std::vector<Remembered>> RunningHost::remember()
{
    std::vector<Remembered> remembered;
    remembered.reserve(functions_.size());
    for (FunctionId id = 0; id < functions_.size(); ++id) {
        auto known = remembered_of(store_, functions_[id].name);
        if (!known) return std::unexpected(known.error());
        ledger_.restore(id, known->state);
        // The manifest may have changed while no host ran.
        const NameState& state = known->state;
        if (state.last_value > 0 && fresh_until(functions_[id], state.finished) != state.fresh_until) {
            refresh_deadline(store_, sink_, functions_[id]);
        }
        remembered.push_back(std::move(*known));
    }
    auto left = mark_left_names(parts_.manifest, store_);
    if (!left) return within("looking for names that left the manifest", left.error());
    for (Store::Put& put : *left) sink_.put(std::move(put));
    return remembered;
}

Status RunningHost::start()
{
    auto remembered = remember();
    if (!remembered) {
        sink_.finish(monotonic_ns() + kSecond);
        return std::unexpected(remembered.error());
    }
    const Manifest& manifest = parts_.manifest;
    const std::vector<int64_t> phases = plan_phases(manifest, *remembered);
    std::vector<Place> places = make_roster(*remembered, phases);
    // Once all is told that a million functions have to tell, so that none is late from the start.
    const int64_t boot = boot_ns();
    const Times now{.boot = boot, .wall = boot + ClockWatch::wall_offset()};
    Schedule schedule = options_.once ? plan_once(manifest, now) : plan_schedule(manifest, *remembered, phases, now);
    remembered->clear();
    remembered->shrink_to_fit();
    make_parts(std::move(places), std::move(schedule));
    make_steering();
    beat("running");
    hold_what_is_paused();
    dispatcher_->start(*executor_);
    give_back_spare_memory();
    // Whoever reads that it runs may ask for its status at once.
    sink_.await_commit(monotonic_ns() + kFirstCommit);
    log(LogLevel::kInfo, "host", "running",
        {{"pid", getpid()},
         {"functions", functions_.size()},
         {"workers", workers_},
         {"store", store_.folder().string()}});
    service_.ready(status_line());
    return {};
}

std::vector<Place> RunningHost::make_roster(const std::vector<Remembered>& remembered,
                                            const std::vector<int64_t>& phases)
{
    const Manifest& manifest = parts_.manifest;
    std::vector<Place> places = plan_places(manifest, parts_.resolution, parts_.lanes.lanes, numbering_);
    roster_ = std::make_unique<Roster>(manifest, codes_.of(manifest, parts_.resolution), places, phases);
    documents_ = std::make_unique<FunctionDocuments>(*roster_, remembered, sink_);
    documents_->put_all(ledger_, kFirstCommit);
    return places;
}

void RunningHost::make_parts(std::vector<Place> places, Schedule schedule)
{
    const Manifest& manifest = parts_.manifest;
    // Only a run that ends by itself asks for it: each homecoming wakes the dispatcher then.
    std::function<void()> when_idle;
    if (options_.once) {
        when_idle = [this] {
            all_done_ = true;
            signals_.wake();
        };
    }
    dispatcher_ = std::make_unique<Dispatcher>(functions_, std::move(schedule), Dependents(manifest), ledger_, sink_,
                                               std::move(when_idle));
    // Run once, each function has its turn anyway.
    if (!options_.once) {
        sink_.watch_commits([this](const std::vector<Append>& appends) { dispatcher_->note_commit(appends); });
    }
    executor_ = std::make_unique<Workforce>(
        functions_, crew(std::move(places)), services_,
        Workforce::Options{.slots = workers_, .gives_slots_back = settings_.threaded},
        [this](const Job& job, Returned&& returned) { dispatcher_->come_home(job, std::move(returned)); },
        [this] {
            spawner_died_ = true;
            signals_.wake();
        });
}

Workforce::Crew RunningHost::crew(std::vector<Place> places)
{
    Workforce::Crew crew{.places = std::move(places),
                         .children = parts_.lanes.children,
                         .spawner = parts_.spawner,
                         .largest_result = largest_result(parts_.manifest)};
    for (size_t i = 0; i < functions_.size(); ++i) {
        const bool runs_here = parts_.lanes.lanes[i] == kHostLane;
        crew.code.push_back(runs_here ? parts_.registry.functions[i] : nullptr);
    }
    return crew;
}

void RunningHost::make_steering()
{
    reloader_ = std::make_unique<Reloader>(Reloader::Parts{.manifest = manifest_file_,
                                                           .store_is_given = options_.store.has_value(),
                                                           .runs_once = options_.once,
                                                           .settings = settings_,
                                                           .functions = functions_,
                                                           .roster = *roster_,
                                                           .codes = codes_,
                                                           .numbering = numbering_,
                                                           .documents = *documents_,
                                                           .ledger = ledger_,
                                                           .dispatcher = *dispatcher_,
                                                           .workforce = *executor_,
                                                           .sink = sink_,
                                                           .store = store_,
                                                           .services = services_,
                                                           .spawner = *parts_.spawner,
                                                           .libraries = {parts_.manifest, parts_.resolution},
                                                           .autoload_faults = parts_.autoload_faults,
                                                           .beat = [this] { beat("running"); }},
                                           parts_.lanes.children.size());
    steering_ = std::make_unique<Steering>(Steering::Parts{.roster = *roster_,
                                                           .store = store_,
                                                           .sink = sink_,
                                                           .dispatcher = *dispatcher_,
                                                           .documents = *documents_,
                                                           .reloader = *reloader_,
                                                           .status = [this] { return document("running"); },
                                                           .beat = [this] { beat("running"); }},
                                           [this] { signals_.wake(); });
    if (const Status listening = steering_->listen(settings_.store_group); !listening) {
        log(LogLevel::kError, "control", "the host cannot be steered", {{"error", listening.error().message}});
    }
    if (settings_.watch && !options_.once) {
        watcher_ = std::make_unique<FileWatcher>(manifest_file_);
        watch_libraries();
    }
}

// Folders that a reload brought are watched as well.
void RunningHost::watch_libraries()
{
    if (!watcher_) return;
    watcher_->heed_removed_libraries(settings_.autoload);
    for (const auto& folder : settings_.plugin_path) watcher_->watch_libraries(folder);
    for (const auto& folder : roster_->library_folders()) watcher_->watch_libraries(folder);
}

// --once runs everything that is enabled.
void RunningHost::hold_what_is_paused()
{
    for (FunctionId id = 0; id < functions_.size() && !options_.once; ++id) {
        if (documents_->standing(id).is_paused) dispatcher_->pause(id);
    }
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
                          .autoload_faults = reloader_->autoload_faults(),
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
    return fmt::format("{} functions, {} invocations, {} errors", roster_->in_manifest(),
                       ledger_.counters().invocations.load(), ledger_.counters().errors.load());
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

int RunningHost::wait_for_signal()
{
    std::vector<int> also;
    if (reloader_->descriptor() >= 0) also.push_back(reloader_->descriptor());
    if (watcher_) also.push_back(watcher_->descriptor());
    const int64_t pause = watcher_ && watcher_->is_waiting() ? FileWatcher::kQuiet : kLookInterval;
    const int number = signals_.wait(monotonic_ns() + pause, also);
    if (reloader_->is_ready()) {
        service_.reloading();
        reloader_->tend();
        watch_libraries();
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
