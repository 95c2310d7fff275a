// SPDX-License-Identifier: BSD-3-Clause
#include "lanes.hpp"

#include <dumbwaiter/plugin.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace dumbwaiter {

namespace {

// DW_SERIAL: one of the symbol at a time; DW_SERIAL_LIBRARY on any used symbol: one of the library. Per process: two
// children of one library share nothing.
class SerialGroups {
public:
    SerialGroups(const Manifest& manifest, const Resolution& resolution) : manifest_(manifest), resolution_(resolution)
    {
        for (const Binding& binding : resolution.bindings) {
            whole_library_[binding.library_id] |= (binding.flags & DW_SERIAL_LIBRARY) != 0;
        }
    }

    uint32_t of(FunctionId id, uint32_t lane)
    {
        const Binding& binding = resolution_.bindings[id];
        const bool by_library = whole_library_[binding.library_id];
        if (!by_library && (binding.flags & DW_SERIAL) == 0) return Place::kFree;
        std::string key = std::to_string(lane) + ":" + std::to_string(binding.library_id) + ":";
        if (!by_library) key += manifest_.functions[id].symbol;
        return groups_.try_emplace(std::move(key), static_cast<uint32_t>(groups_.size() + 1)).first->second;
    }

private:
    const Manifest& manifest_;
    const Resolution& resolution_;
    std::unordered_map<uint32_t, bool> whole_library_;
    std::unordered_map<std::string, uint32_t> groups_;
};

}  // namespace

LanePlan plan_lanes(const Manifest& manifest, const Resolution& resolution)
{
    LanePlan plan;
    plan.places.resize(manifest.functions.size());
    SerialGroups serials(manifest, resolution);
    std::unordered_map<uint32_t, uint32_t> lane_of_library;
    std::map<std::string, uint32_t> lane_of_group;
    for (FunctionId id = 0; id < manifest.functions.size(); ++id) {
        const FunctionSpec& spec = manifest.functions[id];
        const Binding& binding = resolution.bindings[id];
        Place& place = plan.places[id];
        place.library = binding.library_id;
        if (spec.isolation == Isolation::kProcess) {
            uint32_t& lane = spec.group.empty() ? lane_of_library[binding.library_id] : lane_of_group[spec.group];
            if (lane == 0) {
                const std::string name =
                    spec.group.empty() ? binding.library.filename().string() : "group " + spec.group;
                plan.children.push_back({.name = name, .functions = {}, .libraries = {}});
                lane = static_cast<uint32_t>(plan.children.size());
            }
            place.lane = lane;
            ChildPlan& child = plan.children[lane - 1];
            child.functions.push_back(id);
            const auto taken = resolution.libraries.find(binding.library_id);
            if (taken != resolution.libraries.end() && std::ranges::count(child.libraries, taken->second) == 0) {
                child.libraries.push_back(taken->second);
            }
        }
        place.serial = serials.of(id, place.lane);
    }
    return plan;
}

}  // namespace dumbwaiter
