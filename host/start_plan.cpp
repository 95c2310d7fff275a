// SPDX-License-Identifier: BSD-3-Clause
#include "start_plan.hpp"

#include <algorithm>

#include "clock.hpp"
#include "json_object.hpp"
#include "phase.hpp"

namespace dumbwaiter {

namespace {

std::optional<int64_t> kept_phase(const FunctionSpec& spec, const Remembered& remembered)
{
    if (!remembered.document) return std::nullopt;
    if (integer_field(*remembered.document, "frequency_ns") != spec.frequency.count()) return std::nullopt;
    return integer_field(*remembered.document, "phase_ns");
}

}  // namespace

bool starts_now(const FunctionSpec& spec, const NameState& state, int64_t wall)
{
    if (!spec.enabled || spec.on_start == OnStart::kNever) return false;
    if (spec.on_start == OnStart::kAlways || state.last_value == 0) return true;
    const int64_t age = wall - state.finished;
    // A stamp from the future tells nothing of the value's age.
    return age > spec.frequency.count() || age < 0;
}

bool Remembered::was_paused() const
{
    return document && boolean_field(*document, "paused").value_or(false);
}

std::vector<int64_t> plan_phases(const Manifest& manifest, const std::vector<Remembered>& remembered)
{
    std::vector<PhaseRequest> requests;
    requests.reserve(manifest.functions.size());
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        const FunctionSpec& spec = manifest.functions[i];
        requests.push_back({spec.name, spec.frequency.count(), kept_phase(spec, remembered[i])});
    }
    return assign_phases(requests);
}

Schedule plan_schedule(const Manifest& manifest, const std::vector<Remembered>& remembered,
                       const std::vector<int64_t>& phases, const Times& now)
{
    const auto& functions = manifest.functions;
    int64_t starting = 0;
    for (size_t i = 0; i < functions.size(); ++i) starting += starts_now(functions[i], remembered[i].state, now.wall);
    const int64_t window = kSecond / 100 * static_cast<int64_t>(functions.size());

    Schedule schedule;
    int64_t rank = 0;
    for (size_t i = 0; i < functions.size(); ++i) {
        const FunctionSpec& spec = functions[i];
        if (!spec.enabled) {
            schedule.add_disabled();
            continue;
        }
        int64_t first = kNever;
        if (starts_now(spec, remembered[i].state, now.wall)) {
            const int64_t spread = std::min(spec.frequency.count(), window);
            first = now.boot + spread / starting * rank + spread % starting * rank / starting;
            ++rank;
        }
        schedule.add(Grid{spec.frequency.count(), phases[i]}, now.boot, first);
    }
    return schedule;
}

Schedule plan_once(const Manifest& manifest, const Times& now)
{
    Schedule schedule;
    for (const FunctionSpec& spec : manifest.functions) {
        spec.enabled ? schedule.add_once(now.boot) : schedule.add_disabled();
    }
    return schedule;
}

std::string function_document(const FunctionSpec& spec, int64_t phase, const NameState& state,
                              const std::optional<std::string>& before, const Standing& standing)
{
    // A new max_saved is made true by the next record, which comes after those that are there now.
    const bool same_bound = before && integer_field(*before, "max_saved") == int64_t{spec.max_saved};
    const auto bound_from = [&](std::string_view field, uint64_t last) {
        return same_bound ? integer_field(*before, field).value_or(0) : static_cast<int64_t>(last);
    };
    const auto seconds = [](int64_t nanoseconds) { return static_cast<double>(nanoseconds) / kSecond; };
    return JsonObject()
        .text("function", spec.library + ":" + spec.symbol)
        .real("frequency", seconds(spec.frequency.count()))
        .integer("frequency_ns", spec.frequency.count())
        .real("phase", seconds(phase))
        .integer("phase_ns", phase)
        .integer("max_saved", spec.max_saved)
        .integer("bound_from_value", bound_from("bound_from_value", state.last_value))
        .integer("bound_from_error", bound_from("bound_from_error", state.last_error))
        .text("serializer", spec.serializer_plugin.is_plugin() ? spec.serializer_plugin.name()
                                                               : std::string(serializer_name(spec.serializer)))
        .real("timeout", seconds(spec.timeout.count()))
        .text("isolation", spec.isolation == Isolation::kProcess ? "process" : "thread")
        .boolean("enabled", spec.enabled)
        .boolean("paused", standing.is_paused)
        .boolean("quarantined", standing.is_quarantined)
        .boolean("off", standing.is_off)
        .integer("value_sequence", static_cast<int64_t>(state.last_value))
        .integer("error_sequence", static_cast<int64_t>(state.last_error))
        .finish();
}

}  // namespace dumbwaiter
