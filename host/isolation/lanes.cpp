// SPDX-License-Identifier: BSD-3-Clause
#include "lanes.hpp"

#include <dumbwaiter/plugin.h>

#include <algorithm>
#include <map>
#include <utility>

namespace dumbwaiter {

uint64_t largest_result(const Manifest& manifest)
{
    uint64_t largest = manifest.settings.limits.result_size;
    for (const FunctionSpec& spec : manifest.functions) largest = std::max(largest, spec->result_limit);
    return largest;
}

LanePlan plan_lanes(const Manifest& manifest, const Resolution& resolution)
{
    LanePlan plan;
    plan.lanes.resize(manifest.functions.size(), kHostLane);
    std::unordered_map<uint32_t, uint32_t> lane_of_library;
    std::map<std::string, uint32_t> lane_of_group;
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        const FunctionSpec& spec = manifest.functions[i];
        const Binding& binding = resolution.bindings[i];
        if (spec->isolation != Isolation::kProcess || resolution.at_fault.contains(binding.library_id)) continue;
        uint32_t& lane = spec->group.empty() ? lane_of_library[binding.library_id] : lane_of_group[spec->group];
        if (lane == 0) {
            const std::string name = spec->group.empty()
                                         ? std::filesystem::path(resolution.file_of(binding).path).filename().string()
                                         : std::string("group ").append(spec->group);
            // Functions of one group have the same limits: the manifest is checked for that.
            plan.children.push_back({.name = name, .limits = limits_of(manifest.settings, spec->library)});
            lane = static_cast<uint32_t>(plan.children.size());
        }
        plan.lanes[i] = lane;
        ChildPlan& child = plan.children[lane - 1];
        child.functions.push_back(i);
        const auto taken = resolution.libraries.find(binding.library_id);
        if (taken != resolution.libraries.end() && std::ranges::count(child.libraries, taken->second) == 0) {
            child.libraries.push_back(taken->second);
        }
    }
    return plan;
}

std::vector<Place> plan_places(const Manifest& manifest, const Resolution& resolution,
                               const std::vector<uint32_t>& lanes, Numbering& numbering)
{
    // DW_SERIAL: one of the symbol at a time; DW_SERIAL_LIBRARY on any used symbol: one of the library. Per lane: two
    // children of one library share nothing.
    std::unordered_map<uint32_t, bool> whole_library;
    for (const Binding& binding : resolution.bindings) {
        whole_library[binding.library_id] |= (binding.flags & DW_SERIAL_LIBRARY) != 0;
    }
    std::unordered_map<uint32_t, uint32_t> library_of;
    std::vector<Place> places(manifest.functions.size());
    for (size_t i = 0; i < places.size(); ++i) {
        const Binding& binding = resolution.bindings[i];
        const auto [library, is_new] = library_of.try_emplace(binding.library_id);
        if (is_new) {
            const auto digest = resolution.digests.find(binding.library_id);
            library->second = numbering.library(resolution.file_of(binding).path,
                                                digest == resolution.digests.end() ? "" : digest->second);
        }
        const bool by_library = whole_library[binding.library_id];
        const bool is_serial = by_library || (binding.flags & DW_SERIAL) != 0;
        places[i] = {.lane = lanes[i],
                     .library = library->second,
                     .serial = is_serial ? numbering.serial(lanes[i], library->second,
                                                            by_library ? "" : manifest.functions[i]->symbol)
                                         : Place::kFree,
                     .local = static_cast<uint32_t>(i)};
    }
    return places;
}

}  // namespace dumbwaiter
