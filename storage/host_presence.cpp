// SPDX-License-Identifier: BSD-3-Clause
//
// /proc, asked about one process.
#include "host_presence.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "process_stat.hpp"
#include "rfc3339.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kHeartbeatTrust = 10'000'000'000;

std::string text_of_file(const std::string& path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// 0 if there is no such process, or only its zombie.
uint64_t start_time_of(int64_t pid)
{
    const auto stat = process_stat(pid);
    return stat && stat->state != 'Z' && stat->state != 'X' ? stat->start_time : 0;
}

uint64_t own_pid_namespace()
{
    struct stat info;
    return stat("/proc/self/ns/pid", &info) == 0 ? info.st_ino : 0;
}

}  // namespace

std::string boot_id()
{
    std::string id = text_of_file("/proc/sys/kernel/random/boot_id");
    while (!id.empty() && id.back() == '\n') id.pop_back();
    return id;
}

HostIdentity this_process()
{
    return {getpid(), start_time_of(getpid()), boot_id(), own_pid_namespace(), {}};
}

bool host_alive(std::string_view host_json, int64_t now_unix_ns)
{
    HostIdentity host = parse_host_identity(host_json);
    if (host.pid <= 0 || host.boot_id != boot_id()) return false;
    if (host.pid_namespace != 0 && host.pid_namespace != own_pid_namespace()) {
        auto heartbeat = parse_rfc3339(host.heartbeat);
        return heartbeat && now_unix_ns - *heartbeat < kHeartbeatTrust;
    }
    uint64_t start_time = start_time_of(host.pid);
    return start_time != 0 && (host.start_time == 0 || start_time == host.start_time);
}

}  // namespace dumbwaiter
