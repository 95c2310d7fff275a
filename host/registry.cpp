// SPDX-License-Identifier: BSD-3-Clause
//
// From entries to code, the first step: resolve() looks without running anything here.
#include "registry.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "candidates.hpp"
#include "confinement_check.hpp"
#include "elf_exports.hpp"
#include "library_trial.hpp"
#include "resolution_faults.hpp"
#include "trust.hpp"

namespace dumbwaiter {
namespace {

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
        for (const Candidate& candidate : candidates_.all()) {
            if (!candidate.functions.empty() || !candidate.serializers.empty()) trial_.try_out(candidate);
        }
        std::ranges::move(confinement_problems(manifest_), std::back_inserter(resolution_.problems));
        return std::move(resolution_);
    }

private:
    void bind(size_t index)
    {
        const FunctionSpec& spec = manifest_.functions[index];
        if (spec->library.empty()) return;  // the manifest's own problem, and reported there
        const Expected<Candidate*>& found = candidates_.of(spec);
        if (!found) return faults_.add(spec.at_function(), found.error().message);
        Candidate& candidate = **found;
        resolution_.bindings[index].library_id = candidate.id;
        if (!candidate.fault.empty()) return faults_.add(candidate.id, spec.at_function(), candidate.fault);
        const auto flags = look_for_symbol(spec, candidate.exports);
        if (!flags)
            return faults_.add(candidate.id, spec.at_function(),
                               candidate.file.string() + ": " + flags.error().message);
        resolution_.bindings[index].flags = *flags;
        if ((*flags & DW_PROCESS_ONLY) != 0 && spec.runs_in_host()) {
            return faults_.add(candidate.id, spec.at_function(),
                               candidate.file.string() + ": \"" + spec->symbol +
                                   "\" runs in a child process only: leave out isolation = \"thread\"");
        }
        candidate.functions.push_back(index);
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
        Candidate& candidate = candidates_.of(serializer);
        if (candidate.is_there && is_taken(serializer, candidate)) {
            return faults_.add_once(serializer.at,
                                    "there is another serializer \"" + candidate.file.filename().string() + ":" +
                                        serializer.symbol +
                                        "\" in another folder: rename one library, readers find it by this name");
        }
        resolution_.serializers[serializer.name()] = {candidate.file, candidate.id, {}};
        if (!candidate.fault.empty()) return faults_.add_once(candidate.id, serializer.at, candidate.fault);
        const auto exported = find_serializer(candidate.exports, serializer.symbol);
        if (!exported)
            return faults_.add_once(candidate.id, serializer.at,
                                    candidate.file.string() + ": " + exported.error().message);
        candidate.serializers.push_back(&serializer);
    }

    const Manifest& manifest_;
    Resolution resolution_;
    ResolutionFaults faults_{resolution_};
    Candidates candidates_{manifest_, resolution_, faults_};
    LibraryTrial trial_{manifest_, resolution_, faults_};
};

}  // namespace

Resolution resolve(const Manifest& manifest)
{
    return Resolver(manifest).run();
}

}  // namespace dumbwaiter
