// SPDX-License-Identifier: BSD-3-Clause
//
// Notices that the manifest, a file of its conf.d or a library was changed, or what a link in their place leads to. A
// file counts when it was closed after writing, or moved to its place, and then nothing happened for a while: half a
// copy is nobody's new version.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "descriptor.hpp"

namespace dumbwaiter {

// Thread-compatible. Where the system cannot watch, it notices nothing, and the log says so.
class FileWatcher {
public:
    static constexpr int64_t kQuiet = 100 * kMillisecond;

    // Watches its conf.d as well, also one that is made later.
    explicit FileWatcher(const std::filesystem::path& manifest);
    // Every library in it counts. One that is not there yet is not watched.
    void watch_libraries(const std::filesystem::path& folder);
    // Is it a change that a library is taken away? Not where the manifest names them all, and would be at fault.
    void heed_removed_libraries(bool heeds) { heeds_removed_libraries_ = heeds; }
    // Now and then: folders that were replaced, or made only now, are watched from now on, and links are followed to
    // where they lead now. What is there is news.
    void look_again(int64_t now);

    // Something has changed, and has been quiet since; told once. `now` is CLOCK_MONOTONIC.
    bool has_changed(int64_t now);
    bool is_waiting() const { return last_ != 0; }  // for the quiet after a change
    int descriptor() const { return inotify_.number(); }

private:
    enum class What { kFile, kParts, kLibraries, kTarget };
    struct Place {
        std::filesystem::path folder;
        What what{};
        std::string file;  // of kFile and kTarget
        auto operator<=>(const Place&) const = default;
    };
    struct Event;
    bool watch(const Place& place);
    bool let_go(const std::function<bool(int, const Place&)>& which);
    static std::vector<std::filesystem::path> links_in(const Place& place);
    bool follow_links();
    bool matters(const Place& place, const Event& event) const;
    void take(const Event& event, int64_t now);
    void read_events(int64_t now);

    Descriptor inotify_;
    std::set<std::pair<int, Place>> watched_;                         // by watch
    std::set<Place> places_, told_;                                   // told of: those that cannot be watched
    std::map<std::filesystem::path, std::filesystem::path> targets_;  // of links; "" = nowhere
    bool heeds_removed_libraries_ = false;
    int64_t last_ = 0;  // change; 0 = none
};

}  // namespace dumbwaiter
