// SPDX-License-Identifier: BSD-3-Clause
//
// The library files that a manifest's entries name: each is found and taken once, whatever it is called.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "elf_exports.hpp"
#include "manifest.hpp"
#include "registry.hpp"
#include "resolution_faults.hpp"
#include "sealed_library.hpp"
#include "status.hpp"
#include "trust.hpp"

namespace dumbwaiter {

// One file, and those entries of the manifest that found their symbol in it.
struct Candidate {
    std::filesystem::path file;
    uint32_t id = 0;
    bool is_there = true;
    std::string fault;                           // of the file as a whole
    std::shared_ptr<const SealedLibrary> taken;  // null: one of the system, or at fault
    ElfExports exports;
    std::vector<size_t> functions;  // indices into the manifest
    std::vector<const SerializerEntry*> serializers;
};

// Files, copies, digests and warnings go into the resolution. The references outlive it.
class Candidates {
public:
    Candidates(const Manifest& manifest, Resolution& resolution, ResolutionFaults& faults)
        : manifest_(manifest), resolution_(resolution), faults_(faults)
    {}

    // That of a function; an error: there is none, and none can be put there. Looked for once a name: a manifest may
    // have a million functions of one library.
    const Expected<Candidate*>& of(const FunctionSpec& spec);
    Candidate& of(const SerializerEntry& serializer);

    auto all() { return std::views::values(candidates_); }

private:
    struct Place {
        std::filesystem::path file;
        bool is_system = false;
    };

    Candidate& candidate_for(const std::string& name, const Place& place);
    Expected<Candidate*> missing(const FunctionSpec& spec, const Error& why);
    Candidate& missing(const std::string& name, const Error& why);
    void take(const std::string& name, Candidate& candidate);
    Trust trust_of(const std::string& name, const std::filesystem::path& file);
    void warn(std::string warning);  // "" = there is none
    void check_pin(const std::string& name, const Candidate& candidate);
    Expected<Place> place_of(const FunctionSpec& spec);
    static Expected<Place> system_place(const std::string& library);

    const Manifest& manifest_;
    Resolution& resolution_;
    ResolutionFaults& faults_;
    std::map<std::pair<std::filesystem::path, bool>, Candidate> candidates_;  // bool: one of the system
    std::map<std::string, Expected<Place>> system_;  // by name, of those that are in no plugin folder
    std::array<std::map<std::string, Expected<Candidate*>>, 2> found_;  // by name, those with a signature apart
};

}  // namespace dumbwaiter
