// SPDX-License-Identifier: BSD-3-Clause
#include "file_watcher.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

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

std::filesystem::path target_of(const std::filesystem::path& link)
{
    std::error_code error;
    std::filesystem::path target = std::filesystem::canonical(link, error);
    return error ? std::filesystem::path() : target;
}

}  // namespace

FileWatcher::FileWatcher(const std::filesystem::path& manifest) : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))
{
    const std::filesystem::path folder = manifest.parent_path();
    watch(*places_.insert({folder, What::kFile, manifest.filename()}).first);
    watch(*places_.insert({folder / kPartsFolder, What::kParts, {}}).first);
    follow_links();
}

void FileWatcher::watch_libraries(const std::filesystem::path& folder)
{
    const auto [place, is_new] = places_.insert({folder, What::kLibraries, {}});
    if (!is_new) return;
    watch(*place);
    follow_links();
}

void FileWatcher::look_again(int64_t now)
{
    bool is_new = false;
    for (const Place& place : places_) is_new = watch(place) || is_new;
    if (is_new) last_ = now;
    // A link that comes is an event: without any, no folder is to be read each time.
    if ((is_new || !targets_.empty()) && follow_links()) last_ = now;
}

// The links among the files that matter in a place.
std::vector<std::filesystem::path> FileWatcher::links_in(const Place& place)
{
    namespace fs = std::filesystem;
    std::error_code error;
    if (place.what == What::kFile) {
        const fs::path file = place.folder / place.file;
        return fs::is_symlink(file, error) ? std::vector{file} : std::vector<fs::path>{};
    }
    std::vector<fs::path> links;
    for (fs::directory_iterator entry(place.folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const bool matters = place.what == What::kParts ? is_part_name(name) : is_library(name);
        std::error_code ignored;
        if (matters && entry->is_symlink(ignored)) links.push_back(entry->path());
    }
    return links;
}

// Does one lead elsewhere than before? What a link leads to is replaced without an event in the folder of the link.
bool FileWatcher::follow_links()
{
    bool is_news = false;
    std::map<std::filesystem::path, std::filesystem::path> targets;
    std::set<Place> wanted;
    for (const Place& place : places_) {
        for (const auto& link : links_in(place)) {
            const auto [entry, is_first] = targets.emplace(link, target_of(link));
            const auto before = targets_.find(link);
            is_news = is_news || (before != targets_.end() && before->second != entry->second);
            if (!entry->second.empty()) {
                wanted.insert({entry->second.parent_path(), What::kTarget, entry->second.filename()});
            }
        }
    }
    let_go([&](int, const Place& place) { return place.what == What::kTarget && !wanted.contains(place); });
    for (const Place& target : wanted) watch(target);
    targets_ = std::move(targets);
    return is_news;
}

// Were there any? Two places may be one folder, which is watched once.
bool FileWatcher::let_go(const std::function<bool(int, const Place&)>& which)
{
    std::set<int> left;
    std::erase_if(watched_, [&](const auto& one) {
        const bool goes = which(one.first, one.second);
        if (goes) left.insert(one.first);
        return goes;
    });
    const bool any = !left.empty();
    for (const auto& [number, place] : watched_) left.erase(number);
    for (const int number : left) ::inotify_rm_watch(inotify_.number(), number);
    return any;
}

// Is it a folder that was not watched, or one that was and is missed? The same folder gets the same number, another one
// of that path another.
bool FileWatcher::watch(const Place& place)
{
    const int number = ::inotify_add_watch(inotify_.number(), place.folder.c_str(), kEvents | IN_ONLYDIR);
    if (number >= 0) {
        const bool is_new = watched_.emplace(number, place).second;
        // Where its path led before.
        if (is_new) let_go([&](int other, const Place& same) { return other != number && same == place; });
        return is_new;
    }
    if (errno == ENOENT && let_go([&](int, const Place& same) { return same == place; })) {
        return place.what == What::kLibraries && heeds_removed_libraries_;
    }
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
        case What::kFile:
        case What::kTarget: return came && event.name == place.file;
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
    follow_links();  // those that came, before they are read
    return true;
}

}  // namespace dumbwaiter
