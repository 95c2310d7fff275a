// SPDX-License-Identifier: BSD-3-Clause
//
// The steps of a reload, in their order.
#include "reload_change.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "clock.hpp"
#include "leaving.hpp"
#include "log.hpp"
#include "phase.hpp"
#include "refresh_deadline.hpp"
#include "sealed_library.hpp"
#include "serializer_numbers.hpp"
#include "start_plan.hpp"
#include "trust.hpp"

namespace dumbwaiter {

namespace {

std::vector<std::string> needs_a_restart(const Settings& fresh, const Settings& now)
{
    std::vector<std::string> warnings;
    const auto check = [&](bool is_same, const char* key) {
        if (!is_same)
            warnings.push_back(std::string(key) + " has changed: this takes effect when the host is restarted");
    };
    check(fresh.durability == now.durability, "durability");
    check(fresh.commit_interval == now.commit_interval, "commit_interval");
    check(fresh.store_group == now.store_group, "store_group");
    check(fresh.threaded == now.threaded, "threaded");
    check(fresh.workers == now.workers, "workers");
    return warnings;
}

constexpr size_t kMostChildren = 4;  // of one library, before its functions are gathered again

// A library again, now for this process: the bytes that were found good, or none.
Status take_again(const Manifest& manifest, Resolution& resolution, const std::string& name,
                  const std::filesystem::path& file, uint32_t id)
{
    if (resolution.libraries.contains(id)) return {};
    const auto digest = resolution.digests.find(id);
    if (digest == resolution.digests.end()) return {};  // one of the system
    auto taken = take_library(file, trust_of_library(manifest.settings, name, file), digest->second);
    if (!taken) return within("it changed while it was looked at", taken.error());
    resolution.libraries.emplace(id, std::make_shared<const SealedLibrary>(std::move(*taken)));
    return {};
}

}  // namespace

Reloader::Change::Change(Checked&& checked_, const Settings& now) : checked(std::move(checked_))
{
    warnings = needs_a_restart(manifest().settings, now);
    std::ranges::copy(checked.resolution.warnings, std::back_inserter(warnings));
}

void Reloader::Change::compare(const Roster& roster, Codes& numbers)
{
    codes = numbers.of(manifest(), checked.resolution);
    difference = dumbwaiter::difference(roster, manifest(), codes);
    std::set<std::string> left_as_they_were;
    std::erase_if(difference.leavers, [&](FunctionId id) {
        const FunctionSpec& spec = *roster[id].spec;
        if (!checked.autoload.keeps(spec)) return false;
        left_as_they_were.insert(spec->library);
        return true;
    });
    for (const std::string& library : left_as_they_were) {
        refused += library + ", which [autoload] runs, cannot be run as it is now: mend or remove it\n";
    }
    for (const Newcomer& newcomer : difference.newcomers) {
        (newcomer.is_known ? changed : started).push_back(manifest().functions[newcomer.index].name);
    }
    for (const FunctionId id : difference.leavers) stopped.push_back(roster.name(id));
}

void Reloader::Change::gather(const Roster& roster)
{
    std::map<uint32_t, std::set<uint32_t>> lanes;  // by code
    for (FunctionId id = 0; id < roster.size(); ++id) {
        const Member& member = roster[id];
        if (member.is_in_manifest && member.place.lane != kHostLane) lanes[member.code].insert(member.place.lane);
    }
    std::set<uint32_t> spread;
    std::set<size_t> known;
    for (Newcomer& newcomer : difference.newcomers) {
        known.insert(newcomer.index);
        const uint32_t code = codes[newcomer.index];
        if (!newcomer.moves || lanes[code].size() < kMostChildren) continue;
        spread.insert(code);
    }
    if (spread.empty()) return;
    for (Newcomer& newcomer : difference.newcomers) newcomer.moves |= spread.contains(codes[newcomer.index]);
    for (size_t i = 0; i < codes.size(); ++i) {
        if (!spread.contains(codes[i]) || known.contains(i)) continue;
        const auto id = roster.find(manifest().functions[i].name);
        difference.newcomers.push_back({.index = i, .id = id, .is_known = true, .moves = true});
    }
}

// What the store holds of names that are new here: without it they would begin at 1 again.
Status Reloader::read_state(Change& change)
{
    for (const Newcomer& newcomer : change.difference.newcomers) {
        if (newcomer.id) continue;
        auto known = remembered_of(parts_.store, change.manifest().functions[newcomer.index].name);
        if (!known) return std::unexpected(known.error());
        change.remembered[newcomer.index] = *known;
    }
    return {};
}

// Code that runs in the host is opened here; in children it is theirs to open.
Status Reloader::open_code(Change& change)
{
    Manifest& manifest = change.manifest();
    Resolution& resolution = change.checked.resolution;
    std::vector<bool> wanted(manifest.functions.size(), false);
    for (const Newcomer& newcomer : change.difference.newcomers) {
        const FunctionSpec& spec = manifest.functions[newcomer.index];
        if (!newcomer.moves || !spec.runs_in_host()) continue;
        wanted[newcomer.index] = true;
        const Binding& binding = resolution.bindings[newcomer.index];
        Status taken =
            take_again(manifest, resolution, spec->library, resolution.file_of(binding).path, binding.library_id);
        if (!taken) return taken;
        if (!spec->serializer_plugin.is_plugin()) continue;
        const SerializerBinding& serializer = resolution.serializers.at(spec->serializer_plugin.name());
        taken = take_again(manifest, resolution, spec->serializer_plugin.library, serializer.library,
                           serializer.library_id);
        if (!taken) return taken;
    }
    change.registry =
        open_registry(manifest, resolution, [&](const FunctionSpec&, size_t index) { return wanted[index]; });
    if (std::ranges::find(wanted, true) != wanted.end()) leave_without_destructors();
    if (!change.registry.problems.empty()) {
        return failure(Code::kIncompatible, change.registry.problems.front().message);
    }
    const auto has_plugin = [](const FunctionSpec& spec) { return spec->serializer_plugin.is_plugin(); };
    if (std::ranges::none_of(manifest.functions, has_plugin)) return {};
    std::vector<Store::Put> puts;
    Status numbered = give_out_more_numbers(manifest, resolution, change.registry, parts_.store, puts);
    if (!numbered) return numbered;
    for (Store::Put& put : puts) parts_.sink.put(std::move(put));
    parts_.services.add(change.registry.serializers);
    return {};
}

// A child for each library or group of which something is new; what is as before stays where it is.
void Reloader::make_children(Change& change)
{
    const LanePlan plan = plan_lanes(change.manifest(), change.checked.resolution);
    std::vector<uint32_t> lanes(plan.lanes.size(), kHostLane);
    std::map<uint32_t, uint32_t> made;  // lane here by lane of the plan
    std::shared_ptr<Spawner> spawner;
    const uint64_t largest = largest_result(change.manifest());
    for (const Newcomer& newcomer : change.difference.newcomers) {
        const uint32_t lane = plan.lanes[newcomer.index];
        if (!newcomer.moves || lane == kHostLane) continue;
        if (!made.contains(lane)) {
            if (!spawner) spawner = planner_->become_spawner();
            made[lane] = parts_.workforce.add_child({plan.children[lane - 1], spawner, lane, largest});
            lanes_.insert(made[lane]);
        }
        lanes[newcomer.index] = made[lane];
    }
    change.places = plan_places(change.manifest(), change.checked.resolution, lanes, parts_.numbering);
}

// Sequences that no record of it is above until it runs as the new manifest says: of what is stored, what may be on its
// way, and one that runs.
NameState Reloader::last_before_change(const std::string& name) const
{
    const uint64_t more = parts_.sink.numbers().pending + 1;  // before the store is looked at, which may have them then
    const auto stored = parts_.store.state_of(name);
    const NameState last = stored ? *stored : NameState{};
    return {.last_value = last.last_value + more, .last_error = last.last_error + more};
}

// Ids, phases and documents of those that are new or changed.
void Reloader::enroll(Change& change)
{
    const auto& functions = change.manifest().functions;
    std::vector<PhaseRequest> requests;
    for (const FunctionSpec& spec : functions) {
        PhaseRequest request{spec.name, spec->frequency.count(), std::nullopt};
        const auto id = parts_.roster.find(spec.name);
        if (id && parts_.roster[*id].spec->terms->frequency == spec->frequency) request.kept = parts_.roster[*id].phase;
        requests.push_back(request);
    }
    change.phases = assign_phases(requests);
    for (Newcomer& newcomer : change.difference.newcomers) {
        auto spec = std::make_shared<const FunctionSpec>(functions[newcomer.index]);
        std::optional<Remembered> remembered;
        if (!newcomer.id) {
            remembered = change.remembered.at(newcomer.index);
            newcomer.id = parts_.roster.add({.spec = spec});
            parts_.functions.add(spec);
            parts_.ledger.restore(*newcomer.id, remembered->state);
        }
        Member& member = parts_.roster[*newcomer.id];
        NameState last = remembered ? remembered->state : NameState{};
        if ((*member.spec)->max_saved != (*spec)->max_saved) last = last_before_change(spec->name);
        if (!same_freshness(*member.spec, *spec)) {
            newcomer.changes_freshness = true;
            refresh_deadline(parts_.store, parts_.sink, *spec);
        }
        member.spec = spec;
        member.code = change.codes[newcomer.index];
        if (newcomer.moves) member.place = change.places[newcomer.index];
        member.phase = change.phases[newcomer.index];
        parts_.roster.set_in_manifest(*newcomer.id, true);
        parts_.documents.renew(*newcomer.id, remembered, last);
    }
}

// A value that was on its way is stamped by the schedule before: until it is committed nobody can look at it.
void Reloader::look_again_when_idle(Dispatcher::Adoption& adoption)
{
    adoption.when_idle = [&store = parts_.store, &sink = parts_.sink, spec = adoption.spec,
                          take_up = std::move(adoption.when_idle)] {
        take_up();
        sink.when_committed([&store, &sink, spec] { refresh_deadline(store, sink, *spec); });
    };
}

void Reloader::make_adoptions(Change& change)
{
    const Times now{.boot = boot_ns(), .wall = wall_ns()};
    int64_t starting = 0;
    const auto started = static_cast<int64_t>(change.started.size());
    const StateOf state_of = [&](const std::string& name) {
        const auto state = parts_.store.state_of(name);
        return state ? std::optional(*state) : std::nullopt;
    };
    for (const Newcomer& newcomer : change.difference.newcomers) {
        const FunctionId id = *newcomer.id;
        const Member& member = parts_.roster[id];
        const FunctionSpec& spec = *member.spec;
        Dispatcher::Adoption adoption{
            .id = id, .spec = member.spec, .phase = member.phase, .is_paused = parts_.documents.standing(id).is_paused};
        if (!newcomer.is_known && !adoption.is_paused &&
            starts_now(spec, parts_.ledger.state(id), newest_input(spec, state_of), now.wall)) {
            adoption.first = now.boot + first_delay(spec, started, starting++, started);
        }
        ThreadLane::Code code;
        if (newcomer.moves && spec.runs_in_host()) code = change.registry.functions[newcomer.index];
        adoption.when_idle = [&workforce = parts_.workforce, id, spec = member.spec, place = member.place, code] {
            workforce.assign(id, spec, place, code);
        };
        if (newcomer.changes_freshness) look_again_when_idle(adoption);
        change.adoptions.push_back(std::move(adoption));
    }
    for (const FunctionId id : change.difference.leavers) {
        parts_.roster.set_in_manifest(id, false);
        parts_.documents.mark_left(id);
        change.adoptions.push_back({.id = id, .when_idle = [] {}});
    }
}

// The dispatcher takes over; children of which nothing is left are let go when it has.
void Reloader::let_go(Change& change)
{
    Settings& settings = parts_.settings;
    settings.shutdown_grace = change.manifest().settings.shutdown_grace;
    settings.watch = change.manifest().settings.watch;
    settings.autoload = change.manifest().settings.autoload;
    settings.plugin_path = change.manifest().settings.plugin_path;
    std::set<uint32_t> used;
    Dependents dependents;
    for (FunctionId id = 0; id < parts_.roster.size(); ++id) {
        const Member& member = parts_.roster[id];
        if (!member.is_in_manifest) continue;
        used.insert(member.place.lane);
        dependents.add(id, *member.spec);
    }
    std::vector<uint32_t> left;
    std::ranges::set_difference(lanes_, used, std::back_inserter(left));
    for (const uint32_t lane : left) lanes_.erase(lane);
    parts_.dispatcher.adopt(std::move(change.adoptions), std::move(dependents),
                            [&workforce = parts_.workforce, left, grace = settings.shutdown_grace.count()] {
                                for (const uint32_t lane : left) workforce.retire_child(lane, monotonic_ns() + grace);
                            });
}

}  // namespace dumbwaiter
