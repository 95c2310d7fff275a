// SPDX-License-Identifier: BSD-3-Clause
//
// Names of functions, and an order in which to ask for them.
#pragma once

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

namespace bench {

inline std::vector<std::string> make_names(size_t count)
{
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) {
        char name[32];
        std::snprintf(name, sizeof name, "function%07zu", i);
        names.emplace_back(name);
    }
    return names;
}

// The same on each run.
inline std::vector<std::string> shuffled(std::vector<std::string> names)
{
    std::mt19937 random(20260101);
    std::ranges::shuffle(names, random);
    return names;
}

// Goes on in a list from turn to turn.
class Walk {
public:
    explicit Walk(const std::vector<std::string>& names) : names_(names) {}
    const std::string& next()
    {
        if (++at_ == names_.size()) at_ = 0;
        return names_[at_];
    }

private:
    const std::vector<std::string>& names_;
    size_t at_ = 0;
};

}  // namespace bench
