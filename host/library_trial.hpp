// SPDX-License-Identifier: BSD-3-Clause
//
// One trial load a library, in a child process, and what it then says of itself against what the manifest wants of it.
#pragma once

#include <string>

#include "candidates.hpp"
#include "inspection.hpp"
#include "manifest.hpp"
#include "registry.hpp"
#include "resolution_faults.hpp"

namespace dumbwaiter {

// The references outlive it. Forks: for a process with one thread.
class LibraryTrial {
public:
    LibraryTrial(const Manifest& manifest, Resolution& resolution, ResolutionFaults& faults)
        : manifest_(manifest), resolution_(resolution), faults_(faults)
    {}

    void try_out(const Candidate& candidate);

private:
    void check_function(size_t index, const Candidate& candidate, const Inspection& inspection);
    void check_arguments(const FunctionSpec& spec, const Candidate& candidate, const std::string& schema);
    void check_serializer(const SerializerEntry& serializer, const Candidate& candidate, const Inspection& inspection);

    const Manifest& manifest_;
    Resolution& resolution_;
    ResolutionFaults& faults_;
};

}  // namespace dumbwaiter
