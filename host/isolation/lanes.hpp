// SPDX-License-Identifier: BSD-3-Clause
//
// Who runs where: a lane for the threads of the host, and one for each child.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "manifest.hpp"
#include "registry.hpp"
#include "slots.hpp"

namespace dumbwaiter {

inline constexpr uint32_t kHostLane = 0;

// What one child is for: a library, or the functions of a group.
struct ChildPlan {
    std::string name;                                               // the library's file name, or "group NAME"
    std::vector<size_t> functions{};                                // of the manifest, in ascending order
    std::vector<std::shared_ptr<const SealedLibrary>> libraries{};  // of them, but for the system's
    Limits limits{};
};

struct LanePlan {
    std::vector<uint32_t> lanes;      // of each function of the manifest
    std::vector<ChildPlan> children;  // that of lane i is children[i - 1]
};

// What every child's channel holds: a function may ask for the value of any other.
uint64_t largest_result(const Manifest& manifest);

LanePlan plan_lanes(const Manifest& manifest, const Resolution& resolution);

// Numbers of libraries and of what must not run at the same time, which stay the same while a host lives.
class Numbering {
public:
    // The same file of the same content has the same number.
    uint32_t library(const std::string& file, std::string_view sha256)
    {
        return number(libraries_, file + "@" + std::string(sha256));
    }
    // Functions that share `what` within a lane and a library; Place::kFree is never given out.
    uint32_t serial(uint32_t lane, uint32_t library, const std::string& what)
    {
        return number(serials_, std::to_string(lane) + ":" + std::to_string(library) + ":" + what) + 1;
    }

private:
    using Numbers = std::unordered_map<std::string, uint32_t>;
    static uint32_t number(Numbers& numbers, std::string key)
    {
        return numbers.try_emplace(std::move(key), static_cast<uint32_t>(numbers.size())).first->second;
    }
    Numbers libraries_, serials_;
};

// Where each function of the manifest runs, by the lane that it has.
std::vector<Place> plan_places(const Manifest& manifest, const Resolution& resolution,
                               const std::vector<uint32_t>& lanes, Numbering& numbering);

}  // namespace dumbwaiter
