// SPDX-License-Identifier: BSD-3-Clause
#include "unreadable.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace dumbwaiter {
namespace {

namespace fs = std::filesystem;

constexpr int kLongestChain = 40;  // as the kernel

bool may(const fs::path& path, int mode)
{
    return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

std::string not_allowed(const fs::path& path, const char* what)
{
    struct stat facts {};
    const bool is_known = ::stat(path.c_str(), &facts) == 0;
    const std::string is =
        is_known ? fmt::format(" (it is uid {}'s, mode {:04o})", facts.st_uid, facts.st_mode & 07777) : std::string();
    return fmt::format("{} may not be {} by uid {}{}: change its owner or mode, or run as a user who may",
                       path.lexically_normal().string(), what, ::geteuid(), is);
}

// The topmost folder on the way that this user is kept out of; empty: there is none.
fs::path closed_folder(const fs::path& path)
{
    fs::path folder;
    for (const fs::path& part : path.parent_path()) {
        folder /= part;
        if (!may(folder, X_OK) && errno == EACCES) return folder;
    }
    return {};
}

}  // namespace

std::string why_unreadable(const fs::path& path)
{
    if (may(path, R_OK)) return {};
    const int reason = errno;
    if (reason == ELOOP) return fmt::format("{} is a link that leads in a circle: remove it", path.string());
    fs::path at = path;
    for (int links = 0; links < kLongestChain; ++links) {
        if (const fs::path closed = closed_folder(at); !closed.empty()) return not_allowed(closed, "entered");
        std::error_code error;
        const fs::path target = fs::read_symlink(at, error);
        if (error) break;
        const fs::path next = at.parent_path() / target;
        struct stat facts {};
        if (::lstat(next.c_str(), &facts) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
            return fmt::format("{} is a link to {}, where nothing is: put it there, or remove the link",
                               at.lexically_normal().string(), target.string());
        }
        at = next;
    }
    if (reason == EACCES) return not_allowed(at, "read");
    return fmt::format("{} cannot be read: {}", at.lexically_normal().string(), std::strerror(reason));
}

}  // namespace dumbwaiter
