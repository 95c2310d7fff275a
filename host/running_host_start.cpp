// SPDX-License-Identifier: BSD-3-Clause
//
// How a running host begins: from what the store remembers to the first due time.
#include <sched.h>
#include <unistd.h>

#include <utility>

#include "clock.hpp"
#include "left_names.hpp"
#include "log.hpp"
#include "refresh_deadline.hpp"
#include "running_host.hpp"
#include "spare_memory.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kFirstCommit = 5 * kSecond;  // a slower disk is no reason not to start

// May this process run on more than one? The call fails where there are more than 1024.
bool has_processors()
{
    cpu_set_t processors;
    return sched_getaffinity(0, sizeof processors, &processors) != 0 || CPU_COUNT(&processors) > 1;
}

}  // namespace

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
        remembered.push_back(*known);
    }
    auto left = mark_left_names(parts_.manifest, store_);
    if (!left) return within("looking for names that left the manifest", left.error());
    for (Store::Put& put : *left) sink_.put(std::move(put));
    return remembered;
}

Expected<RunningHost::Enrolled> RunningHost::enroll()
{
    const Manifest& manifest = parts_.manifest;
    const auto remembered = remember();
    if (!remembered) return std::unexpected(remembered.error());
    Enrolled enrolled{.places = plan_places(manifest, parts_.resolution, parts_.lanes.lanes, numbering_),
                      .phases = plan_phases(manifest, *remembered)};
    roster_ =
        std::make_unique<Roster>(manifest, codes_.of(manifest, parts_.resolution), enrolled.places, enrolled.phases);
    documents_ = std::make_unique<FunctionDocuments>(*roster_, *remembered, sink_);
    return enrolled;
}

Status RunningHost::start()
{
    auto enrolled = enroll();
    if (!enrolled) {
        sink_.finish(monotonic_ns() + kSecond);
        return std::unexpected(enrolled.error());
    }
    documents_->put_all(ledger_, kFirstCommit);
    const Manifest& manifest = parts_.manifest;
    // Once all is told that a million functions have to tell, so that none is late from the start.
    const int64_t boot = boot_ns();
    const Times now{.boot = boot, .wall = boot + ClockWatch::wall_offset()};
    const auto state_of = [this](size_t place) { return ledger_.state(static_cast<FunctionId>(place)); };
    Schedule schedule =
        options_.once ? plan_once(manifest, now) : plan_schedule(manifest, state_of, enrolled->phases, now);
    make_parts(std::move(enrolled->places), std::move(schedule));
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
    dispatcher_->watch_changes([this] { signals_.wake(); });
    // Run once, each function has its turn anyway.
    if (!options_.once) {
        sink_.watch_commits([this](const std::vector<Append>& appends) { dispatcher_->note_commit(appends); });
    }
    executor_ = std::make_unique<Workforce>(
        functions_, crew(std::move(places)), services_,
        Workforce::Options{.slots = workers_,
                           .gives_slots_back = settings_.threaded,
                           .keeps_lookout = sink_.commits_at_once() && has_processors()},
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
                                                           .warnings = parts_.resolution.warnings,
                                                           .hung = parts_.hung,
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
    watch_files();
}

// --once runs everything that is enabled.
void RunningHost::hold_what_is_paused()
{
    for (FunctionId id = 0; id < functions_.size() && !options_.once; ++id) {
        if (documents_->standing(id).is_paused) dispatcher_->pause(id);
    }
}

}  // namespace dumbwaiter
