// SPDX-License-Identifier: BSD-3-Clause
#include "orphans.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "process_stat.hpp"

namespace dumbwaiter {

namespace {

std::vector<pid_t> children()
{
    std::vector<pid_t> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const pid_t pid = static_cast<pid_t>(std::atol(entry.path().filename().c_str()));
        const auto stat = pid > 0 ? process_stat(pid) : std::nullopt;
        if (stat && stat->parent == ::getpid()) found.push_back(pid);
    }
    return found;
}

}  // namespace

void kill_children_except(const std::function<bool(pid_t)>& stays)
{
    for (const pid_t pid : children()) {
        if (!stays(pid)) ::kill(pid, SIGKILL);
    }
}

void end_children()
{
    bool any = true;
    while (any) {
        kill_children_except([](pid_t) { return false; });
        any = ::waitpid(-1, nullptr, 0) > 0 || errno == EINTR;
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
    }
}

}  // namespace dumbwaiter
