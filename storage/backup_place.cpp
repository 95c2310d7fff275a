// SPDX-License-Identifier: BSD-3-Clause
//
// Made under another name, locked, renamed at the end.
#include "backup_place.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

namespace dumbwaiter {

namespace fs = std::filesystem;

namespace {

std::string prefix_of(const fs::path& copy)
{
    return fmt::format(".{}.partial-", copy.filename().string());
}

// No descriptor: somebody holds it, or it is gone.
Descriptor locked(const fs::path& folder)
{
    Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (opened.is_open() && flock(opened.number(), LOCK_EX | LOCK_NB) == 0) return opened;
    return {};
}

// What was killed half way: its lock went with its process.
void remove_abandoned(const fs::path& copy)
{
    const std::string prefix = prefix_of(copy);
    std::error_code error;
    for (fs::directory_iterator at(copy.parent_path(), error), end; !error && at != end; at.increment(error)) {
        if (!at->path().filename().string().starts_with(prefix)) continue;
        std::error_code ignored;
        if (const Descriptor lock = locked(at->path()); lock.is_open()) fs::remove_all(at->path(), ignored);
    }
}

// Some file systems (/proc) say that there is no such folder where none can be made.
std::string why_not_made(const fs::path& parent, int reason)
{
    std::error_code ignored;
    if (reason != ENOENT) return std::strerror(reason);
    if (!fs::exists(parent, ignored)) return "its parent is not there; make it first";
    return fmt::format("{} takes no new folders; give a path elsewhere", parent.string());
}

std::unexpected<Error> unusable(const fs::path& copy, std::string_view why)
{
    return failure(Code::kInvalidArgument, fmt::format("the copy cannot be made at {}: {}", copy.string(), why));
}

Status sync_folder(const fs::path& folder)
{
    const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.is_open() && fsync(opened.number()) == 0) return {};
    return failure(Code::kIo, fmt::format("syncing {}: {}", folder.string(), std::strerror(errno)));
}

}  // namespace

Expected<BackupPlace> BackupPlace::make(const fs::path& wanted)
{
    std::error_code error;
    fs::path copy = fs::absolute(wanted, error).lexically_normal();
    if (!copy.has_filename()) copy = copy.parent_path();  // a slash at its end
    struct stat info;
    if (wanted.empty() || !copy.has_filename()) return unusable(wanted, "give the path of a new folder");
    if (lstat(copy.c_str(), &info) == 0) return unusable(copy, "it is there already; give the path of a new folder");
    remove_abandoned(copy);
    std::string pattern = (copy.parent_path() / (prefix_of(copy) + "XXXXXX")).string();
    if (mkdtemp(pattern.data()) == nullptr) {
        return unusable(copy, why_not_made(copy.parent_path(), errno));
    }
    BackupPlace place(copy, pattern, locked(pattern));
    if (chmod(pattern.c_str(), 0750) == 0 && place.lock_.is_open()) return place;
    return failure(Code::kIo, fmt::format("making {}: {}", pattern, std::strerror(errno)));
}

BackupPlace::~BackupPlace()
{
    std::error_code ignored;
    if (lock_.is_open()) fs::remove_all(partial_, ignored);
}

Status BackupPlace::name()
{
    if (auto synced = sync_folder(partial_); !synced) return synced;
    // Whatever came there meanwhile stays: only an empty folder can be renamed over.
    if (rename(partial_.c_str(), copy_.c_str()) != 0) {
        return failure(Code::kIo, fmt::format("naming the copy {}: {}", copy_.string(), std::strerror(errno)));
    }
    lock_ = Descriptor();
    return sync_folder(copy_.parent_path());
}

}  // namespace dumbwaiter
