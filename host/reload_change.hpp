// SPDX-License-Identifier: BSD-3-Clause
//
// One reload under way: what a new manifest changes, and what has been made for it so far.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dispatcher.hpp"
#include "manifest_check.hpp"
#include "registry.hpp"
#include "reloader.hpp"
#include "remembered.hpp"
#include "roster.hpp"
#include "slots.hpp"

namespace dumbwaiter {

struct Reloader::Change {
    Change(Checked&& checked, const Settings& now);

    Manifest& manifest() { return checked.manifest; }
    void compare(const Roster& roster, Codes& numbers);
    // Where the functions of one library are spread over many children by now, all of them move into one.
    void gather(const Roster& roster);

    Checked checked;
    bool is_dry = false;
    std::string refused;          // what is wrong with libraries whose older ones stay; lines
    std::vector<uint32_t> codes;  // by index in the manifest, as the next three
    Difference difference;
    Registry registry;
    std::vector<Place> places;
    std::vector<int64_t> phases;
    std::map<size_t, Remembered> remembered;  // of names that are new here, by index
    std::vector<Dispatcher::Adoption> adoptions;
    std::vector<std::string> started, stopped, changed, warnings;
    std::vector<std::string> autoload_news;  // what [autoload] has to tell that did not stand before
    size_t autoload_standing = 0;            // how much more it has
};

}  // namespace dumbwaiter
