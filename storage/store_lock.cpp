// SPDX-License-Identifier: BSD-3-Clause
//
// An open-file-description lock: unlike POSIX record locks it does not fall when some other descriptor is closed.
#include "store_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

namespace dumbwaiter {

namespace {

bool lock_whole(int fd)
{
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

// The holder writes its pid right after it got the lock, so a first look may come too early.
std::string holder(int fd)
{
    for (int look = 0; look < 20; look++) {
        std::array<char, 24> text{};
        ssize_t length = pread(fd, text.data(), text.size() - 1, 0);
        if (length > 1 && text[static_cast<size_t>(length) - 1] == '\n') {
            const std::string pid(text.data(), static_cast<size_t>(length) - 1);
            // A child that a plugin forked inherits the lock, and may outlive its host.
            const bool is_dead = kill(std::atoi(pid.c_str()), 0) != 0 && errno == ESRCH;
            return (is_dead ? "a process left behind by the dead pid " : "pid ") + pid;
        }
        usleep(2000);
    }
    return "a process that did not leave its number";
}

}  // namespace

Expected<HostLock> HostLock::take(const std::filesystem::path& folder)
{
    const auto path = folder / "host.lock";
    Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) {
        int code = errno;
        bool denied = code == EACCES || code == EPERM || code == EROFS;
        return failure(denied ? Code::kDenied : Code::kIo,
                       fmt::format("opening {}: {}; run the host as the owner of the store, or give another folder",
                                   path.string(), std::strerror(code)));
    }
    if (!lock_whole(file.number())) {
        return failure(Code::kBusy,
                       fmt::format("the store in {} is held by another host ({}); stop it, or give another folder",
                                   folder.string(), holder(file.number())));
    }
    fchmod(file.number(), 0600);
    std::string pid = fmt::format("{}\n", getpid());
    // On a full disk the lock holds all the same; a second host merely cannot name us.
    [[maybe_unused]] bool written =
        ftruncate(file.number(), 0) == 0 && pwrite(file.number(), pid.data(), pid.size(), 0) > 0;
    return HostLock(std::move(file));
}

HostLock::~HostLock()
{
    if (!file_.is_open()) return;
    // Emptied first, so that nobody reads the number of a process that lets go.
    [[maybe_unused]] int ignored = ftruncate(file_.number(), 0);
}

}  // namespace dumbwaiter
