// SPDX-License-Identifier: BSD-3-Clause
#include "candidates.hpp"

#include <utility>

#include "canonical_path.hpp"
#include "library.hpp"

namespace dumbwaiter {

namespace {

void read_system(Candidate& candidate)
{
    Expected<ElfExports> exports = read_elf_exports(candidate.file);
    if (exports) {
        candidate.exports = std::move(*exports);
    } else {
        candidate.fault = exports.error().message;
    }
}

}  // namespace

const Expected<Candidate*>& Candidates::of(const FunctionSpec& spec)
{
    auto& found = found_[spec->signature.has_value()];
    const auto known = found.find(spec->library);
    if (known != found.end()) return known->second;
    const Expected<Place> place = place_of(spec);
    Expected<Candidate*> result =
        place ? Expected<Candidate*>(&candidate_for(spec->library, *place)) : missing(spec, place.error());
    return found.emplace(spec->library, std::move(result)).first->second;
}

Candidate& Candidates::of(const SerializerEntry& serializer)
{
    const auto found = find_library(serializer.library, manifest_.settings.plugin_path);
    return found ? candidate_for(serializer.library, {*found}) : missing(serializer.library, found.error());
}

// `name` is that of the manifest.
Candidate& Candidates::candidate_for(const std::string& name, const Place& place)
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

// A plugin that is not there may have been: it has an id as well.
Expected<Candidate*> Candidates::missing(const FunctionSpec& spec, const Error& why)
{
    if (spec->signature) return std::unexpected(why);
    return &missing(spec->library, why);
}

Candidate& Candidates::missing(const std::string& name, const Error& why)
{
    const auto [at, is_new] = candidates_.try_emplace({name, false});
    if (is_new) {
        at->second.file = name;
        at->second.is_there = false;
        at->second.id = static_cast<uint32_t>(candidates_.size() - 1);
        at->second.fault = why.message;
        resolution_.files.push_back({name});
    }
    return at->second;
}

void Candidates::take(const std::string& name, Candidate& candidate)
{
    auto taken = take_library(candidate.file, trust_of(name, candidate.file));
    if (!taken) {
        candidate.fault = taken.error().message;
        return;
    }
    warn(copy_warning(*taken));
    candidate.exports = taken->exports;
    candidate.taken = std::make_shared<const SealedLibrary>(std::move(*taken));
    resolution_.libraries.emplace(candidate.id, candidate.taken);
    resolution_.digests.emplace(candidate.id, candidate.taken->copy.sha256);
}

Trust Candidates::trust_of(const std::string& name, const std::filesystem::path& file)
{
    const Trust trust = trust_of_library(manifest_.settings, name, file);
    warn(trust_warning(manifest_.settings, file, trust));
    return trust;
}

void Candidates::warn(std::string warning)
{
    if (!warning.empty()) resolution_.warnings.push_back(std::move(warning));
}

void Candidates::check_pin(const std::string& name, const Candidate& candidate)
{
    const LibrarySpec* const spec = spec_of_library(manifest_.settings, name, candidate.file);
    if (spec == nullptr || !spec->sha256 || !candidate.fault.empty()) return;
    const std::string fault = candidate.taken ? pin_fault(*candidate.taken, *spec->sha256)
                                              : "one that the dynamic loader finds cannot be pinned: name its path";
    if (!fault.empty()) faults_.add_once(candidate.id, spec->at_sha256, candidate.file.string() + ": " + fault);
}

Expected<Candidates::Place> Candidates::place_of(const FunctionSpec& spec)
{
    const auto known = system_.find(spec->library);
    if (spec->signature && known != system_.end()) return known->second;
    const auto found = find_library(spec->library, manifest_.settings.plugin_path);
    if (found) return Place{*found};
    const bool is_versioned = spec->library.find(".so.") != std::string::npos;
    const bool has_slash = spec->library.find('/') != std::string::npos;
    if (!has_slash && spec->signature) return system_.emplace(spec->library, system_place(spec->library)).first->second;
    if (has_slash || !is_versioned) return std::unexpected(found.error());
    return failure(
        Code::kNotFound,
        found.error().message + "; to call a plain C function of the system, say how: signature = \"f64(f64)\"");
}

Expected<Candidates::Place> Candidates::system_place(const std::string& library)
{
    const auto found = find_system_library(library);
    if (!found) return within("it is in no plugin folder, and the dynamic loader says", found.error());
    return Place{*found, true};
}

}  // namespace dumbwaiter
