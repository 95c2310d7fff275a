// SPDX-License-Identifier: BSD-3-Clause
//
// Who runs where: a lane for the threads of the host, and one for each child.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "manifest.hpp"
#include "registry.hpp"
#include "slots.hpp"

namespace dumbwaiter {

inline constexpr uint32_t kHostLane = 0;

// What one child is for: a library, or the functions of a group.
struct ChildPlan {
    std::string name;                                             // the library's file name, or "group NAME"
    std::vector<FunctionId> functions;                            // in ascending order
    std::vector<std::shared_ptr<const SealedLibrary>> libraries;  // of them, but for the system's
};

struct LanePlan {
    std::vector<Place> places;        // of each function
    std::vector<ChildPlan> children;  // that of lane i is children[i - 1]
};

LanePlan plan_lanes(const Manifest& manifest, const Resolution& resolution);

}  // namespace dumbwaiter
