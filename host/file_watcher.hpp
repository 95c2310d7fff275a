// SPDX-License-Identifier: BSD-3-Clause
//
// Notices that the manifest or a library was changed. A file counts when it was closed after writing, or moved to its
// place, and then nothing happened for a while: half a copy is nobody's new version.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "clock.hpp"
#include "descriptor.hpp"

namespace dumbwaiter {

// Thread-compatible. Where the system cannot watch, it notices nothing, and the log says so.
class FileWatcher {
public:
    static constexpr int64_t kQuiet = 100 * kMillisecond;

    explicit FileWatcher(const std::filesystem::path& manifest);
    // Every library in it counts. One that is not there yet is not watched. May be called again.
    void watch_libraries(const std::filesystem::path& folder);

    // Something has changed, and has been quiet since; told once. `now` is CLOCK_MONOTONIC.
    bool has_changed(int64_t now);
    bool is_waiting() const { return last_ != 0; }  // for the quiet after a change
    int descriptor() const { return inotify_.number(); }

private:
    bool watch(const std::filesystem::path& folder, const std::string& file);
    void read_events(int64_t now);

    Descriptor inotify_;
    std::multimap<int, std::string> watched_;  // by watch: the file that matters, "" = every library
    std::set<std::filesystem::path> folders_;
    int64_t last_ = 0;  // change; 0 = none
};

}  // namespace dumbwaiter
