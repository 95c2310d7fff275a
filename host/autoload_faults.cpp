// SPDX-License-Identifier: BSD-3-Clause
#include "autoload_faults.hpp"

#include <set>

namespace dumbwaiter {

AutoloadFaults::AutoloadFaults(const Manifest& manifest, const std::filesystem::path& file,
                               const std::vector<Problem>& faults)
{
    for (const Problem& fault : faults) {
        const bool has_place = fault.at != Position();
        const std::string place = has_place ? place_text(file, manifest.parts, fault.at) + ": " : "";
        lines_.push_back(place + fault.message);
        messages_.push_back(fault.message);
    }
}

std::vector<std::string> AutoloadFaults::news(const AutoloadFaults& next) const
{
    const std::set<std::string> standing(messages_.begin(), messages_.end());
    std::vector<std::string> news;
    for (size_t i = 0; i < next.lines_.size(); ++i) {
        if (!standing.contains(next.messages_[i])) news.push_back(next.lines_[i]);
    }
    return news;
}

}  // namespace dumbwaiter
