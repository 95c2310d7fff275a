// SPDX-License-Identifier: BSD-3-Clause
#include "processes.hpp"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace dumbwaiter::test {

namespace {

// "" when it has just gone: reading what /proc had of it fails then, where a stream would throw.
std::string read_of(int pid, const char* file)
{
    std::string text(4096, '\0');
    const std::string path = "/proc/" + std::to_string(pid) + "/" + file;
    const int opened = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const ssize_t size = opened < 0 ? -1 : read(opened, text.data(), text.size());
    if (opened >= 0) close(opened);
    text.resize(size < 0 ? 0 : static_cast<size_t>(size));
    return text;
}

uint64_t of_status(int pid, const std::string& key)
{
    const std::string text = read_of(pid, "status");
    const size_t at = text.find("\n" + key + ":");
    return at == text.npos ? 0 : std::strtoull(text.c_str() + at + key.size() + 2, nullptr, 10) * 1024;
}

}  // namespace

std::vector<Process> processes()
{
    std::vector<Process> all;
    std::error_code ignored;
    for (const auto& folder : std::filesystem::directory_iterator("/proc", ignored)) {
        const int pid = std::atoi(folder.path().filename().c_str());
        if (pid <= 0) continue;
        const std::string stat = read_of(pid, "stat");
        const size_t name_ends = stat.rfind(')');
        if (name_ends == std::string::npos) continue;  // it has just gone
        all.push_back({pid, std::atoi(stat.c_str() + name_ends + 4), stat[name_ends + 2]});
    }
    return all;
}

std::set<int> family(int root)
{
    std::set<int> found;
    const auto all = processes();
    for (size_t before = 1; before != found.size();) {
        before = found.size();
        for (const Process& one : all) {
            if (one.state != 'Z' && (one.parent == root || found.contains(one.parent))) found.insert(one.pid);
        }
    }
    return found;
}

std::set<int> named(const std::filesystem::path& folder, const std::string& name)
{
    std::set<int> pids;
    for (const Process& process : processes()) {
        const std::filesystem::path of_process = "/proc/" + std::to_string(process.pid);
        std::error_code error;
        if (process.state == 'Z' || std::filesystem::read_symlink(of_process / "cwd", error) != folder) continue;
        if (read_of(process.pid, "comm") == name + "\n") pids.insert(process.pid);
    }
    return pids;
}

bool any_lives(const std::set<int>& pids)
{
    return std::ranges::any_of(processes(),
                               [&](const Process& one) { return one.state != 'Z' && pids.contains(one.pid); });
}

bool any_is_there(const std::set<int>& pids)
{
    return std::ranges::any_of(processes(), [&](const Process& one) { return pids.contains(one.pid); });
}

uint64_t resident_bytes(int pid)
{
    return of_status(pid, "VmRSS");
}

uint64_t own_bytes(int pid)
{
    return of_status(pid, "RssAnon");
}

uint64_t most_resident_bytes(int pid)
{
    return of_status(pid, "VmHWM");
}

Immortal::Immortal(int pid) : pid_(pid)
{
    if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0) return;
    fault_ = std::string("this process may not trace: ") + std::strerror(errno);
    pid_ = 0;
}

void Immortal::let_die()
{
    if (pid_ == 0) return;
    ::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
    while (::waitpid(pid_, nullptr, WNOHANG) > 0) {
    }
    pid_ = 0;
}

}  // namespace dumbwaiter::test
