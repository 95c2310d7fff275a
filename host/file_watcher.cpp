// SPDX-License-Identifier: BSD-3-Clause
#include "file_watcher.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "log.hpp"
#include "manifest_parts.hpp"

namespace dumbwaiter {

struct FileWatcher::Event {
    int watch;
    uint32_t mask;
    std::string_view name;
    bool is(uint32_t any) const { return (mask & any) != 0; }
};

namespace {

constexpr uint32_t kCame = IN_CLOSE_WRITE | IN_MOVED_TO;
constexpr uint32_t kWent = IN_DELETE | IN_MOVED_FROM;
constexpr uint32_t kEvents = kCame | kWent | IN_CREATE;

bool is_library(std::string_view name)
{
    const size_t at = name.find(".so");
    // libx.so, libx.so.1.2
    return at != name.npos && name.find_first_not_of(".0123456789", at + 3) == name.npos;
}

// A link comes whole; nobody writes and closes it.
bool is_link(const std::filesystem::path& file)
{
    struct stat facts {};
    return ::lstat(file.c_str(), &facts) == 0 && (S_ISLNK(facts.st_mode) || facts.st_nlink > 1);
}

}  // namespace

FileWatcher::FileWatcher(const std::filesystem::path& manifest) : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))
{
    const std::filesystem::path folder = manifest.parent_path();
    watch(*places_.insert({folder, What::kFile, manifest.filename()}).first);
    watch(*places_.insert({folder / kPartsFolder, What::kParts, {}}).first);
}

void FileWatcher::watch_libraries(const std::filesystem::path& folder)
{
    if (const auto [place, is_new] = places_.insert({folder, What::kLibraries, {}}); is_new) watch(*place);
}

void FileWatcher::look_again(int64_t now)
{
    for (const Place& place : places_) {
        if (watch(place)) last_ = now;
    }
}

// Is it a folder that was not watched? The same folder gets the same number, another one of that path another.
bool FileWatcher::watch(const Place& place)
{
    const int number = ::inotify_add_watch(inotify_.number(), place.folder.c_str(), kEvents | IN_ONLYDIR);
    if (number >= 0) return watched_.emplace(number, place).second;
    // A conf.d that is a file is the manifest's fault, and told there.
    const bool is_no_news = errno == ENOENT || (errno == ENOTDIR && place.what == What::kParts);
    if (!is_no_news && told_.insert(place).second) {
        log(LogLevel::kWarning, "watch", "a folder cannot be watched; `dumbwaiter reload` takes changes over",
            {{"folder", place.folder.string()}, {"error", std::strerror(errno)}});
    }
    return false;
}

bool FileWatcher::matters(const Place& place, const Event& event) const
{
    const bool came = event.is(kCame) || (event.is(IN_CREATE) && is_link(place.folder / event.name));
    switch (place.what) {
        case What::kFile: return came && event.name == place.file;
        case What::kParts: return (came || event.is(kWent)) && is_part_name(event.name);
        case What::kLibraries: return (came || (event.is(kWent) && heeds_removed_libraries_)) && is_library(event.name);
    }
    return false;
}

void FileWatcher::take(const Event& event, int64_t now)
{
    if (event.is(IN_Q_OVERFLOW)) last_ = now;
    for (const auto& [number, place] : watched_) {
        if (number == event.watch && !event.name.empty() && matters(place, event)) last_ = now;
        // A folder that comes is watched before anything more can happen in it; what is in it by now is looked at.
        if (number == event.watch && place.what == What::kFile && event.name == kPartsFolder) last_ = now;
    }
    if (event.is(IN_IGNORED)) std::erase_if(watched_, [&](const auto& entry) { return entry.first == event.watch; });
    if (event.name == kPartsFolder) look_again(now);
}

void FileWatcher::read_events(int64_t now)
{
    alignas(inotify_event) char block[16 * 1024];
    ssize_t size = 0;
    while ((size = ::read(inotify_.number(), block, sizeof block)) > 0) {
        for (const char* at = block; at < block + size;) {
            const auto* event = reinterpret_cast<const inotify_event*>(at);
            at += sizeof *event + event->len;
            take({event->wd, event->mask, event->len > 0 ? event->name : ""}, now);
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
