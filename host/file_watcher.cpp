// SPDX-License-Identifier: BSD-3-Clause
#include "file_watcher.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "log.hpp"

namespace dumbwaiter {

namespace {

constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO;

bool is_library(std::string_view name)
{
    const size_t at = name.find(".so");
    // libx.so, libx.so.1.2
    return at != name.npos && name.find_first_not_of(".0123456789", at + 3) == name.npos;
}

}  // namespace

FileWatcher::FileWatcher(const std::filesystem::path& manifest) : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))
{
    watch(*folders_.emplace(manifest.parent_path(), manifest.filename()).first);
}

void FileWatcher::watch_libraries(const std::filesystem::path& folder)
{
    if (const auto [place, is_new] = folders_.emplace(folder, ""); is_new) watch(*place);
}

void FileWatcher::look_again()
{
    for (const Place& place : folders_) watch(place);
}

// The same folder gets the same number, another one of that path another.
void FileWatcher::watch(const Place& place)
{
    const auto& [folder, file] = place;
    const int number = ::inotify_add_watch(inotify_.number(), folder.c_str(), kEvents | IN_ONLYDIR);
    if (number >= 0) {
        watched_.emplace(number, file);
    } else if (errno != ENOENT && told_.insert(place).second) {
        log(LogLevel::kWarning, "watch", "a folder cannot be watched; `dumbwaiter reload` takes changes over",
            {{"folder", folder.string()}, {"error", std::strerror(errno)}});
    }
}

void FileWatcher::read_events(int64_t now)
{
    alignas(inotify_event) char block[16 * 1024];
    ssize_t size = 0;
    while ((size = ::read(inotify_.number(), block, sizeof block)) > 0) {
        for (const char* at = block; at < block + size;) {
            const auto* event = reinterpret_cast<const inotify_event*>(at);
            at += sizeof *event + event->len;
            const std::string_view name = event->len > 0 ? event->name : "";
            if ((event->mask & IN_IGNORED) != 0) {
                std::erase_if(watched_, [&](const auto& entry) { return entry.first == event->wd; });
            }
            const bool matters = (event->mask & IN_Q_OVERFLOW) != 0 ||
                                 (!name.empty() && watched_.contains({event->wd, std::string(name)})) ||
                                 (watched_.contains({event->wd, ""}) && is_library(name));
            if (matters) last_ = now;
        }
    }
}

bool FileWatcher::has_changed(int64_t now)
{
    read_events(now);
    if (last_ == 0 || now - last_ < kQuiet) return false;
    last_ = 0;
    return true;
}

}  // namespace dumbwaiter
