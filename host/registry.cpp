// SPDX-License-Identifier: BSD-3-Clause
//
// From entries to code, the first step: resolve() looks without running anything here.
#include "registry.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

#include "argument_schema.hpp"
#include "confinement_check.hpp"
#include "elf_exports.hpp"
#include "inspection.hpp"
#include "trust.hpp"

namespace dumbwaiter {
namespace {

// One file that entries of the manifest name, and those entries that found their symbol in it.
struct Candidate {
    std::filesystem::path file;
    uint32_t id = 0;
    std::string fault;                           // of the file as a whole
    std::shared_ptr<const SealedLibrary> taken;  // null: one of the system, or at fault
    ElfExports exports;
    std::vector<size_t> functions;  // indices into the manifest
    std::vector<const SerializerEntry*> serializers;
};

// The same file, also by another path.
std::filesystem::path canonical_of(const std::filesystem::path& file)
{
    std::error_code error;
    std::filesystem::path canonical = std::filesystem::canonical(file, error);
    return error ? file : canonical;
}

struct Place {
    std::filesystem::path file;
    bool is_system = false;
};

class Resolver {
public:
    explicit Resolver(const Manifest& manifest) : manifest_(manifest)
    {
        if (default_trust(manifest.settings) == Trust::kAny) {
            resolution_.warnings.push_back(
                "trust is any: whoever may write a library, its folders or the manifest can run code as this user");
        }
        resolution_.bindings.resize(manifest.functions.size());
    }

    Resolution run()
    {
        for (size_t i = 0; i < manifest_.functions.size(); ++i) bind(i);
        bind_serializer(manifest_.settings.serializer_plugin);
        for (const FunctionSpec& spec : manifest_.functions) bind_serializer(spec->serializer_plugin);
        for (auto& [identity, candidate] : candidates_) {
            if (!candidate.functions.empty() || !candidate.serializers.empty()) try_out(candidate);
        }
        std::ranges::move(confinement_problems(manifest_), std::back_inserter(resolution_.problems));
        return std::move(resolution_);
    }

private:
    void add_problem(size_t index, std::string message)
    {
        resolution_.problems.push_back({manifest_.functions[index].at_function(), std::move(message)});
    }

    // Such as is mended by another file of the same name, not in the manifest.
    void add_fault(const Candidate& candidate, const Position& place, std::string message)
    {
        resolution_.problems.push_back({place, std::move(message), Problem::Kind::kLibrary, candidate.id});
        resolution_.at_fault.insert(candidate.id);
    }

    void add_fault(const Candidate& candidate, size_t index, std::string message)
    {
        add_fault(candidate, manifest_.functions[index].at_function(), std::move(message));
    }

    // Functions that name no serializer share the entry of [dumbwaiter], and its problem.
    void add_fault_once(const Candidate& candidate, const Position& place, std::string message)
    {
        if (!is_told(place, message)) add_fault(candidate, place, std::move(message));
    }

    void add_once(const Position& place, std::string message)
    {
        if (!is_told(place, message)) resolution_.problems.push_back({place, std::move(message)});
    }

    bool is_told(const Position& place, const std::string& message) const
    {
        return std::ranges::any_of(resolution_.problems,
                                   [&](const Problem& known) { return known.at == place && known.message == message; });
    }

    // `name` is that of the manifest.
    Candidate& candidate_for(const std::string& name, const Place& place)
    {
        const auto [at, is_new] = candidates_.try_emplace({canonical_of(place.file), place.is_system});
        Candidate& candidate = at->second;
        if (is_new) {
            candidate.file = place.file;
            candidate.id = static_cast<uint32_t>(candidates_.size() - 1);
            resolution_.files.push_back({place.file.string(), place.is_system});
            if (place.is_system) {
                read_system(candidate);
            } else {
                take(name, candidate);
            }
        }
        check_pin(name, candidate);
        return candidate;
    }

    static void read_system(Candidate& candidate)
    {
        Expected<ElfExports> exports = read_elf_exports(candidate.file);
        if (exports) {
            candidate.exports = std::move(*exports);
        } else {
            candidate.fault = exports.error().message;
        }
    }

    void take(const std::string& name, Candidate& candidate)
    {
        auto taken = take_library(candidate.file, trust_of(name, candidate.file));
        if (!taken) {
            candidate.fault = taken.error().message;
            return;
        }
        if (!taken->uncopied.empty()) {
            resolution_.warnings.push_back(candidate.file.string() +
                                           " is loaded from its file, not from a copy: " + taken->uncopied);
        }
        candidate.exports = taken->exports;
        candidate.taken = std::make_shared<const SealedLibrary>(std::move(*taken));
        resolution_.libraries.emplace(candidate.id, candidate.taken);
        resolution_.digests.emplace(candidate.id, candidate.taken->copy.sha256);
    }

    Trust trust_of(const std::string& name, const std::filesystem::path& file)
    {
        const Trust trust = trust_of_library(manifest_.settings, name, file);
        if (trust == Trust::kAny && default_trust(manifest_.settings) != Trust::kAny) {
            resolution_.warnings.push_back("trust is any: whoever may write " + file.string() +
                                           " or its folders can run code as this user");
        }
        return trust;
    }

    void check_pin(const std::string& name, const Candidate& candidate)
    {
        const LibrarySpec* const spec = spec_of_library(manifest_.settings, name, candidate.file);
        if (spec == nullptr || !spec->sha256 || !candidate.fault.empty()) return;
        const std::string fault = candidate.taken ? pin_fault(*candidate.taken, *spec->sha256)
                                                  : "one that the dynamic loader finds cannot be pinned: name its path";
        if (!fault.empty()) add_fault_once(candidate, spec->at_sha256, candidate.file.string() + ": " + fault);
    }

    void bind(size_t index)
    {
        const FunctionSpec& spec = manifest_.functions[index];
        if (spec->library.empty()) return;  // the manifest's own problem, and reported there
        const Expected<Candidate*>& found = found_for(spec);
        if (!found) return add_problem(index, found.error().message);
        Candidate& candidate = **found;
        resolution_.bindings[index].library_id = candidate.id;
        if (!candidate.fault.empty()) return add_fault(candidate, index, candidate.fault);
        const auto flags = look_for_symbol(spec, candidate.exports);
        if (!flags) return add_fault(candidate, index, candidate.file.string() + ": " + flags.error().message);
        resolution_.bindings[index].flags = *flags;
        if ((*flags & DW_PROCESS_ONLY) != 0 && spec.runs_in_host()) {
            return add_fault(candidate, index,
                             candidate.file.string() + ": \"" + spec->symbol +
                                 "\" runs in a child process only: leave out isolation = \"thread\"");
        }
        candidate.functions.push_back(index);
    }

    // Looked for once a name: a manifest may have a million functions of one library.
    const Expected<Candidate*>& found_for(const FunctionSpec& spec)
    {
        auto& found = found_[spec->signature.has_value()];
        const auto known = found.find(spec->library);
        if (known != found.end()) return known->second;
        const Expected<Place> place = place_of(spec);
        Expected<Candidate*> result =
            place ? Expected<Candidate*>(&candidate_for(spec->library, *place)) : missing(spec, place.error());
        return found.emplace(spec->library, std::move(result)).first->second;
    }

    // A plugin that is not there may have been: it has an id as well.
    Expected<Candidate*> missing(const FunctionSpec& spec, const Error& why)
    {
        if (spec->signature) return std::unexpected(why);
        return &missing(spec->library, why);
    }

    Candidate& missing(const std::string& name, const Error& why)
    {
        const auto [at, is_new] = candidates_.try_emplace({name, false});
        if (is_new) {
            at->second.file = name;
            at->second.id = static_cast<uint32_t>(candidates_.size() - 1);
            at->second.fault = why.message;
            resolution_.files.push_back({name});
        }
        return at->second;
    }

    Expected<Place> place_of(const FunctionSpec& spec)
    {
        const auto known = system_.find(spec->library);
        if (spec->signature && known != system_.end()) return known->second;
        const auto found = find_library(spec->library, manifest_.settings.plugin_path);
        if (found) return Place{*found};
        const bool is_versioned = spec->library.find(".so.") != std::string::npos;
        const bool has_slash = spec->library.find('/') != std::string::npos;
        if (!has_slash && spec->signature)
            return system_.emplace(spec->library, system_place(spec->library)).first->second;
        if (has_slash || !is_versioned) return std::unexpected(found.error());
        return failure(
            Code::kNotFound,
            found.error().message + "; to call a plain C function of the system, say how: signature = \"f64(f64)\"");
    }

    static Expected<Place> system_place(const std::string& library)
    {
        const auto found = find_system_library(library);
        if (!found) return within("it is in no plugin folder, and the dynamic loader says", found.error());
        return Place{*found, true};
    }

    // The flags of its info.
    static Expected<uint32_t> look_for_symbol(const FunctionSpec& spec, const ElfExports& exports)
    {
        if (spec->signature) {
            const Status found = find_code(exports, spec->symbol);
            return found ? Expected<uint32_t>(0) : std::unexpected(found.error());
        }
        const auto function = find_function(exports, spec->symbol);
        return function ? Expected<uint32_t>(function->flags) : std::unexpected(function.error());
    }

    // Is there a serializer of the same library name and symbol, and of another file?
    bool is_taken(const SerializerEntry& serializer, const Candidate& candidate) const
    {
        return std::ranges::any_of(resolution_.serializers, [&](const auto& known) {
            const auto& [name, binding] = known;
            return binding.library_id != candidate.id && binding.library.filename() == candidate.file.filename() &&
                   name.ends_with(":" + serializer.symbol);
        });
    }

    void bind_serializer(const SerializerEntry& serializer)
    {
        if (!serializer.is_plugin()) return;
        const auto found = find_library(serializer.library, manifest_.settings.plugin_path);
        Candidate& candidate =
            found ? candidate_for(serializer.library, {*found}) : missing(serializer.library, found.error());
        if (found && is_taken(serializer, candidate)) {
            return add_once(serializer.at,
                            "there is another serializer \"" + candidate.file.filename().string() + ":" +
                                serializer.symbol +
                                "\" in another folder: rename one library, readers find it by this name");
        }
        resolution_.serializers[serializer.name()] = {candidate.file, candidate.id, {}};
        if (!candidate.fault.empty()) return add_fault_once(candidate, serializer.at, candidate.fault);
        const auto exported = find_serializer(candidate.exports, serializer.symbol);
        if (!exported)
            return add_fault_once(candidate, serializer.at, candidate.file.string() + ": " + exported.error().message);
        candidate.serializers.push_back(&serializer);
    }

    // One of the system was loaded in a child when it was looked for.
    void try_out(const Candidate& candidate)
    {
        if (!candidate.taken) return;
        const Expected<Inspection> inspection = inspect_library(*candidate.taken);
        const std::string fault = inspection ? inspection->load_fault : inspection.error().message;
        for (const size_t index : candidate.functions) {
            if (!fault.empty()) {
                add_fault(candidate, index, fault);
            } else {
                check_function(index, candidate, *inspection);
            }
        }
        for (const SerializerEntry* serializer : candidate.serializers) {
            if (!fault.empty()) {
                add_fault_once(candidate, serializer->at, fault);
            } else {
                add_serializer_fault(*serializer, candidate, *inspection);
            }
        }
    }

    void check_function(size_t index, const Candidate& candidate, const Inspection& inspection)
    {
        const FunctionSpec& spec = manifest_.functions[index];
        const auto at = std::ranges::find(inspection.functions, spec->symbol, &InspectedFunction::symbol);
        if (spec->signature || at == inspection.functions.end()) return;
        if (at->fault.empty()) return check_arguments(spec, candidate, at->args_schema);
        add_fault(candidate, index,
                  candidate.file.string() + ": \"" + spec->symbol + "\" cannot be used: " + at->fault);
    }

    void check_arguments(const FunctionSpec& spec, const Candidate& candidate, const std::string& schema)
    {
        if (schema.empty() || !spec->has_sound_arguments) return;
        for (ArgumentFault& fault : argument_faults(schema, spec->args, spec->kwargs, spec->secrets)) {
            Position at = fault.in_kwargs ? spec.at_kwargs() : spec.at_args();
            if (fault.entry) at = spec.at_kwargs_key(*fault.entry);
            add_fault(candidate, at, std::move(fault.message));
        }
    }

    void add_serializer_fault(const SerializerEntry& serializer, const Candidate& candidate,
                              const Inspection& inspection)
    {
        const auto at = std::ranges::find(inspection.serializers, serializer.symbol, &InspectedSerializer::symbol);
        if (at == inspection.serializers.end()) return;
        resolution_.serializers[serializer.name()].media_type = at->media_type;
        if (at->fault.empty()) return;
        add_fault_once(candidate, serializer.at,
                       candidate.file.string() + ": \"" + serializer.symbol + "\" cannot be used: " + at->fault);
    }

    const Manifest& manifest_;
    std::map<std::pair<std::filesystem::path, bool>, Candidate> candidates_;  // bool: one of the system
    std::map<std::string, Expected<Place>> system_;  // by name, of those that are in no plugin folder
    std::array<std::map<std::string, Expected<Candidate*>>, 2> found_;  // by name, those with a signature apart
    Resolution resolution_;
};

}  // namespace

Resolution resolve(const Manifest& manifest)
{
    return Resolver(manifest).run();
}

}  // namespace dumbwaiter
