// SPDX-License-Identifier: BSD-3-Clause
#include "start_plan.hpp"

#include <algorithm>

#include "clock.hpp"
#include "json_object.hpp"
#include "phase.hpp"

namespace dumbwaiter {

namespace {

double in_seconds(int64_t nanoseconds)
{
    return static_cast<double>(nanoseconds) / kSecond;
}

bool is_stale(const FunctionSpec& spec, const NameState& state, const std::optional<int64_t>& input, int64_t wall)
{
    const bool has_value = state.last_value != 0;
    if (spec->frequency == Nanoseconds(0) && !spec->cron) return input && (!has_value || *input > state.finished);
    // A stamp from the future tells nothing of the value's age.
    if (!has_value || state.finished > wall) return true;
    if (spec->cron) return spec->cron->after(state.finished) <= wall;
    return wall - state.finished > spec->frequency.count();
}

}  // namespace

std::optional<int64_t> newest_input(const FunctionSpec& spec, const StateOf& state_of)
{
    std::optional<int64_t> newest;
    for (const FunctionTerms::Input& input : spec->after) {
        const auto state = state_of(input.name);
        if (state && state->last_value > 0) newest = std::max(newest.value_or(0), state->finished);
    }
    return newest;
}

bool starts_now(const FunctionSpec& spec, const NameState& state, const std::optional<int64_t>& input, int64_t wall)
{
    if (!spec->enabled || spec->on_start == OnStart::kNever) return false;
    return spec->on_start == OnStart::kAlways || is_stale(spec, state, input, wall);
}

void plan_function(Schedule& schedule, FunctionId id, const FunctionSpec& spec, int64_t phase, int64_t now,
                   int64_t first)
{
    if (spec->cron) {
        schedule.replace(id, *spec->cron, now, first);
    } else if (spec->align) {
        schedule.replace(id, WallTimes::multiples_of(spec->frequency.count()), now, first);
    } else if (spec->frequency > Nanoseconds(0)) {
        schedule.replace(id, Grid{spec->frequency.count(), phase}, now, first);
    } else {
        schedule.replace_once(id, first);
    }
    if (spec->overlap == Overlap::kQueue) schedule.queue_overlaps(id);
}

std::vector<int64_t> plan_phases(const Manifest& manifest, const std::vector<Remembered>& remembered)
{
    std::vector<PhaseRequest> requests;
    requests.reserve(manifest.functions.size());
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        const FunctionSpec& spec = manifest.functions[i];
        requests.push_back({spec.name, spec->frequency.count(), remembered[i].phase_under(spec->frequency.count())});
    }
    return assign_phases(requests);
}

int64_t first_delay(const FunctionSpec& spec, int64_t functions, int64_t rank, int64_t starting)
{
    const int64_t frequency = spec->frequency.count(), window = kSecond / 100 * functions;
    return before_share(frequency > 0 ? std::min(frequency, window) : window, rank, starting);
}

Schedule plan_schedule(const Manifest& manifest, const StateOfPlace& state_of_place, const std::vector<int64_t>& phases,
                       const Times& now)
{
    const auto& functions = manifest.functions;
    const StateOf state_of = [&](const std::string& name) {
        const size_t place = place_of(functions, name);
        return place == functions.size() ? std::nullopt : std::optional(state_of_place(place));
    };
    std::vector<bool> starts(functions.size());
    for (size_t i = 0; i < functions.size(); ++i) {
        const auto input = newest_input(functions[i], state_of);
        starts[i] = starts_now(functions[i], state_of_place(i), input, now.wall);
    }
    const int64_t starting = std::ranges::count(starts, true);

    Schedule schedule(now.wall - now.boot);
    schedule.reserve(functions.size());
    int64_t rank = 0;
    for (size_t i = 0; i < functions.size(); ++i) {
        const FunctionSpec& spec = functions[i];
        const FunctionId id = schedule.add_disabled();
        if (!spec->enabled) continue;
        int64_t first = kNever;
        if (starts[i]) {
            first = now.boot + first_delay(spec, static_cast<int64_t>(functions.size()), rank++, starting);
        }
        plan_function(schedule, id, spec, phases[i], now.boot, first);
    }
    return schedule;
}

Schedule plan_once(const Manifest& manifest, const Times& now)
{
    Schedule schedule(now.wall - now.boot);
    schedule.reserve(manifest.functions.size());
    for (const FunctionSpec& spec : manifest.functions) {
        spec->enabled ? schedule.add_once(now.boot) : schedule.add_disabled();
    }
    return schedule;
}

namespace {

// What its due times follow from.
void add_when(JsonObject& json, const FunctionSpec& spec, int64_t phase)
{
    if (spec->frequency > Nanoseconds(0)) {
        json.real("frequency", in_seconds(spec->frequency.count())).integer("frequency_ns", spec->frequency.count());
        if (spec->align) {
            json.boolean("align", true);
        } else {
            json.real("phase", in_seconds(phase)).integer("phase_ns", phase);
        }
    }
    if (spec->cron) json.text("cron", spec->cron_line).text("timezone", spec->timezone);
    if (spec->after.empty()) return;
    Builder& inputs = json.field("after");
    inputs.open_array();
    for (const FunctionTerms::Input& input : spec->after) inputs.put_str(input.name);
    inputs.close();
}

}  // namespace

std::string function_document(const FunctionSpec& spec, int64_t phase, const NameState& state, const Bound& before,
                              const Standing& standing, const Trouble& trouble)
{
    const Bound bound = before.under(spec->max_saved, state);
    JsonObject json;
    json.text("function", spec->library + ":" + spec->symbol);
    add_when(json, spec, phase);
    return json.integer("max_saved", spec->max_saved)
        .integer("bound_from_value", bound.from_value)
        .integer("bound_from_error", bound.from_error)
        .text("serializer", spec->serializer_plugin.is_plugin() ? spec->serializer_plugin.name()
                                                                : std::string(serializer_name(spec.serializer)))
        .real("timeout", in_seconds(spec->timeout.count()))
        .text("isolation", spec->isolation == Isolation::kProcess ? "process" : "thread")
        .boolean("enabled", spec->enabled)
        .boolean("paused", standing.is_paused)
        .boolean("quarantined", standing.is_quarantined)
        .boolean("off", standing.is_off)
        .integer("skipped", static_cast<int64_t>(trouble.skipped))
        .integer("failures_in_row", static_cast<int64_t>(trouble.failures_in_row))
        .integer("value_sequence", static_cast<int64_t>(state.last_value))
        .integer("error_sequence", static_cast<int64_t>(state.last_error))
        .finish();
}

}  // namespace dumbwaiter
