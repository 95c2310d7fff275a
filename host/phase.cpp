// SPDX-License-Identifier: BSD-3-Clause
#include "phase.hpp"

#include <algorithm>
#include <unordered_map>

namespace dumbwaiter {

namespace {

// FNV-1a with a final mix: stable over builds and machines, as std::hash is not.
uint64_t name_hash(std::string_view name)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (const unsigned char byte : name) hash = (hash ^ byte) * 0x100000001b3;
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccd;
    return hash ^ (hash >> 33);
}

}  // namespace

int64_t before_share(int64_t whole, int64_t rank, int64_t shares)
{
    return whole / shares * rank + whole % shares * rank / shares;
}

std::vector<int64_t> assign_phases(std::span<const PhaseRequest> requests)
{
    std::unordered_map<int64_t, int64_t> newcomers;  // frequency -> how many
    for (const auto& request : requests) newcomers[request.frequency] += request.kept ? 0 : 1;

    std::unordered_map<int64_t, int64_t> given;
    std::vector<int64_t> phases;
    phases.reserve(requests.size());
    for (const auto& request : requests) {
        if (request.kept && *request.kept >= 0 && *request.kept < request.frequency) {
            phases.push_back(*request.kept);
            continue;
        }
        const int64_t shares = std::max<int64_t>(newcomers[request.frequency], 1);
        const int64_t rank = given[request.frequency]++ % shares;
        const int64_t from = before_share(request.frequency, rank, shares);
        const int64_t width = before_share(request.frequency, rank + 1, shares) - from;
        phases.push_back(
            from + (width > 0 ? static_cast<int64_t>(name_hash(request.name) % static_cast<uint64_t>(width)) : 0));
    }
    return phases;
}

}  // namespace dumbwaiter
