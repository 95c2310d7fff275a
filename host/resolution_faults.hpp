// SPDX-License-Identifier: BSD-3-Clause
//
// What is found wrong while entries are bound to code, each at its place in the manifest.
#pragma once

#include <cstdint>
#include <string>

#include "manifest.hpp"
#include "registry.hpp"

namespace dumbwaiter {

class ResolutionFaults {
public:
    explicit ResolutionFaults(Resolution& resolution) : resolution_(resolution) {}

    // Of the manifest. What several entries share is told once.
    void add(const Position& place, std::string message);
    void add_once(const Position& place, std::string message);
    // Such as is mended by another file of the same name, not in the manifest.
    void add(uint32_t library_id, const Position& place, std::string message);
    void add_once(uint32_t library_id, const Position& place, std::string message);

private:
    bool is_told(const Position& place, const std::string& message) const;

    Resolution& resolution_;
};

}  // namespace dumbwaiter
