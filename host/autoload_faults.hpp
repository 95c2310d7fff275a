// SPDX-License-Identifier: BSD-3-Clause
//
// What [autoload] has to tell, as it stands, and what of it is news. Pure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "autoload.hpp"
#include "manifest.hpp"

namespace dumbwaiter {

class AutoloadFaults {
public:
    AutoloadFaults() = default;
    // `manifest` is shown as `file`.
    AutoloadFaults(const Manifest& manifest, const std::filesystem::path& file, const std::vector<Problem>& faults);

    // A sentence each, "dumbwaiter.toml:5:1: ..." where it has a place.
    const std::vector<std::string>& lines() const { return lines_; }
    // Those of `next` that do not stand here: what only moved within the manifest is no news.
    std::vector<std::string> news(const AutoloadFaults& next) const;

private:
    std::vector<std::string> lines_, messages_;  // of the same order
};

}  // namespace dumbwaiter
