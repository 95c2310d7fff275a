// SPDX-License-Identifier: BSD-3-Clause
#include "orphans.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace dumbwaiter {

namespace {

pid_t parent_of(const std::filesystem::path& process)
{
    std::ifstream file(process / "stat");
    std::string text;
    std::getline(file, text);
    const size_t name_ends = text.rfind(')');
    if (name_ends == std::string::npos || name_ends + 4 > text.size()) return -1;
    return static_cast<pid_t>(std::atol(text.c_str() + name_ends + 4));
}

std::vector<pid_t> children()
{
    std::vector<pid_t> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const pid_t pid = static_cast<pid_t>(std::atol(entry.path().filename().c_str()));
        if (pid > 0 && parent_of(entry.path()) == ::getpid()) found.push_back(pid);
    }
    return found;
}

}  // namespace

void kill_children_except(const std::function<bool(pid_t)>& stays)
{
    bool any = true;
    while (any) {
        any = false;
        for (const pid_t pid : children()) {
            if (stays(pid)) continue;
            ::kill(pid, SIGKILL);
            any = ::waitpid(pid, nullptr, 0) == pid || any;
        }
    }
}

}  // namespace dumbwaiter
