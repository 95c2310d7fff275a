// SPDX-License-Identifier: BSD-3-Clause
#include "resolution_faults.hpp"

#include <algorithm>
#include <utility>

namespace dumbwaiter {

void ResolutionFaults::add(const Position& place, std::string message)
{
    resolution_.problems.push_back({place, std::move(message)});
}

void ResolutionFaults::add_once(const Position& place, std::string message)
{
    if (!is_told(place, message)) add(place, std::move(message));
}

void ResolutionFaults::add(uint32_t library_id, const Position& place, std::string message)
{
    resolution_.problems.push_back({place, std::move(message), Problem::Kind::kLibrary, library_id});
    resolution_.at_fault.insert(library_id);
}

void ResolutionFaults::add_once(uint32_t library_id, const Position& place, std::string message)
{
    if (!is_told(place, message)) add(library_id, place, std::move(message));
}

bool ResolutionFaults::is_told(const Position& place, const std::string& message) const
{
    return std::ranges::any_of(resolution_.problems,
                               [&](const Problem& known) { return known.at == place && known.message == message; });
}

}  // namespace dumbwaiter
