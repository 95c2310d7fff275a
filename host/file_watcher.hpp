// SPDX-License-Identifier: BSD-3-Clause
//
// Notices that the manifest or a library was changed. A file counts when it was closed after writing, or moved to its
// place, and then nothing happened for a while: half a copy is nobody's new version.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include "clock.hpp"
#include "descriptor.hpp"

namespace dumbwaiter {

// Thread-compatible. Where the system cannot watch, it notices nothing, and the log says so.
class FileWatcher {
public:
    static constexpr int64_t kQuiet = 100 * kMillisecond;

    explicit FileWatcher(const std::filesystem::path& manifest);
    // Every library in it counts. One that is not there yet is not watched.
    void watch_libraries(const std::filesystem::path& folder);
    // Now and then: folders that were replaced, or made only now, are watched from now on.
    void look_again();

    // Something has changed, and has been quiet since; told once. `now` is CLOCK_MONOTONIC.
    bool has_changed(int64_t now);
    bool is_waiting() const { return last_ != 0; }  // for the quiet after a change
    int descriptor() const { return inotify_.number(); }

private:
    using Place = std::pair<std::filesystem::path, std::string>;  // a folder, and what matters in it as below
    void watch(const Place& place);
    void read_events(int64_t now);

    Descriptor inotify_;
    std::set<std::pair<int, std::string>> watched_;  // by watch: the file that matters, "" = every library
    std::set<Place> folders_, told_;                 // told of: those that cannot be watched
    int64_t last_ = 0;                               // change; 0 = none
};

}  // namespace dumbwaiter
