// SPDX-License-Identifier: BSD-3-Clause
#include "library_trial.hpp"

#include <algorithm>
#include <utility>

#include "argument_schema.hpp"

namespace dumbwaiter {

// One of the system was loaded in a child when it was looked for.
void LibraryTrial::try_out(const Candidate& candidate)
{
    if (!candidate.taken) return;
    const Expected<Inspection> inspection = inspect_library(*candidate.taken);
    const std::string fault = inspection ? inspection->load_fault : inspection.error().message;
    for (const size_t index : candidate.functions) {
        if (!fault.empty()) {
            faults_.add(candidate.id, manifest_.functions[index].at_function(), fault);
        } else {
            check_function(index, candidate, *inspection);
        }
    }
    for (const SerializerEntry* serializer : candidate.serializers) {
        if (!fault.empty()) {
            faults_.add_once(candidate.id, serializer->at, fault);
        } else {
            check_serializer(*serializer, candidate, *inspection);
        }
    }
}

void LibraryTrial::check_function(size_t index, const Candidate& candidate, const Inspection& inspection)
{
    const FunctionSpec& spec = manifest_.functions[index];
    const auto at = std::ranges::find(inspection.functions, spec->symbol, &InspectedFunction::symbol);
    if (spec->signature || at == inspection.functions.end()) return;
    if (at->fault.empty()) return check_arguments(spec, candidate, at->args_schema);
    faults_.add(candidate.id, manifest_.functions[index].at_function(),
                candidate.file.string() + ": \"" + spec->symbol + "\" cannot be used: " + at->fault);
}

void LibraryTrial::check_arguments(const FunctionSpec& spec, const Candidate& candidate, const std::string& schema)
{
    if (schema.empty() || !spec->has_sound_arguments) return;
    for (ArgumentFault& fault : argument_faults(schema, spec->args, spec->kwargs, spec->secrets)) {
        Position at = fault.in_kwargs ? spec.at_kwargs() : spec.at_args();
        if (fault.entry) at = spec.at_kwargs_key(*fault.entry);
        faults_.add(candidate.id, at, std::move(fault.message));
    }
}

void LibraryTrial::check_serializer(const SerializerEntry& serializer, const Candidate& candidate,
                                    const Inspection& inspection)
{
    const auto at = std::ranges::find(inspection.serializers, serializer.symbol, &InspectedSerializer::symbol);
    if (at == inspection.serializers.end()) return;
    resolution_.serializers[serializer.name()].media_type = at->media_type;
    if (at->fault.empty()) return;
    faults_.add_once(candidate.id, serializer.at,
                     candidate.file.string() + ": \"" + serializer.symbol + "\" cannot be used: " + at->fault);
}

}  // namespace dumbwaiter
