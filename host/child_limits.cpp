// SPDX-License-Identifier: BSD-3-Clause
#include "child_limits.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>

#include "own_count.hpp"
#include "size_text.hpp"
#include "syscall_filter.hpp"

namespace dumbwaiter {
namespace {

// Each arena keeps what was freed in it: with one for each thread a limit would be eaten by what nobody uses.
constexpr int kArenas = 2;

std::unexpected<Error> limit_failure(const std::string& doing)
{
    return failure(Code::kIo, fmt::format("{}: {}", doing, std::strerror(errno)));
}

// Leaves the hard limit, so that the child can raise it again for threads of its own.
Status set_soft(int resource, rlim_t value, const std::string& doing)
{
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) return limit_failure(doing);
    limit.rlim_cur = std::min(value, limit.rlim_max);
    if (::setrlimit(resource, &limit) != 0) return limit_failure(doing);
    return {};
}

Status raise_soft(int resource, rlim_t by, const std::string& doing)
{
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) return limit_failure(doing);
    if (limit.rlim_cur == RLIM_INFINITY) return {};
    return set_soft(resource, limit.rlim_cur + by, doing);
}

// What RLIMIT_DATA counts, as the kernel counts it.
Expected<uint64_t> data_in_use()
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/status", "re"), std::fclose);
    if (file == nullptr) return limit_failure("memory cannot be limited without /proc");
    char line[256];
    unsigned long long kibibytes = 0;
    while (std::fgets(line, sizeof line, file.get()) != nullptr) {
        if (std::sscanf(line, "VmData: %llu kB", &kibibytes) == 1) return uint64_t{kibibytes} << 10;
    }
    return failure(Code::kIo, "memory cannot be limited: /proc/self/status has no VmData");
}

Status limit_memory(const Limits& limits)
{
    if (!limits.memory) return {};
    const Expected<uint64_t> base = data_in_use();
    if (!base) return std::unexpected(base.error());
    return set_soft(RLIMIT_DATA, *base + *limits.memory, "limiting memory");
}

Status limit_open_files(const Limits& limits)
{
    if (!limits.open_files) return {};
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit limit{*limits.open_files, *limits.open_files};
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
    return failure(Code::kDenied, fmt::format("open_files = {} cannot be had: the host itself may have {} (ulimit -Hn)",
                                              *limits.open_files, before.rlim_max));
}

Status limit_processes(const Limits& limits)
{
    if (!limits.processes) return {};
    if (*limits.processes == 0) return forbid_processes();
    const Status counted = count_tasks_apart();
    if (!counted) return within(fmt::format("processes = {} cannot be held", *limits.processes), counted.error());
    return set_soft(RLIMIT_NPROC, *limits.processes + 1, "limiting processes");  // and this very thread
}

Status limit_core_dumps(const Limits& limits)
{
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    core.rlim_cur = limits.core_dumps ? core.rlim_max : 0;
    if (!limits.core_dumps) core.rlim_max = 0;
    if (::setrlimit(RLIMIT_CORE, &core) != 0) return limit_failure("limiting core dumps");
    // A core pattern that pipes does not ask for the limit.
    if (::prctl(PR_SET_DUMPABLE, limits.core_dumps ? 1 : 0) != 0) return limit_failure("PR_SET_DUMPABLE");
    return {};
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != text.npos; });
}

}  // namespace

Status ChildLimits::apply()
{
    ::mallopt(M_ARENA_MAX, kArenas);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return limit_failure("PR_SET_NO_NEW_PRIVS");
    // Memory last: it is counted from what the process has when all the rest is done.
    for (const auto limit : {limit_processes, limit_open_files, limit_core_dumps, limit_memory}) {
        if (const Status done = limit(limits_); !done) return done;
    }
    return {};
}

Status ChildLimits::add_stack_allowance(uint64_t bytes)
{
    if (limits_.memory) {
        if (const Status raised = raise_soft(RLIMIT_DATA, bytes, "limiting memory"); !raised) return raised;
    }
    if (limits_.processes.value_or(0) == 0) return {};
    return raise_soft(RLIMIT_NPROC, 1, "limiting processes");
}

std::string limit_that_killed(int signal, const Limits& limits)
{
    if (signal != SIGXCPU || !limits.cpu_seconds) return {};
    return fmt::format("SIGXCPU: used more than cpu_seconds = {}", *limits.cpu_seconds);
}

std::string limit_note(std::string_view report, const Limits& limits)
{
    if (limits.memory && has_any(report, {"bad_alloc", std::strerror(ENOMEM), "out of memory"})) {
        return fmt::format(" (memory = {} in the manifest)", size_text(*limits.memory));
    }
    if (limits.open_files && has_any(report, {std::strerror(EMFILE)})) {
        return fmt::format(" (open_files = {} in the manifest)", *limits.open_files);
    }
    // A thread that does not start may lack either.
    if (limits.processes.value_or(0) > 0 && has_any(report, {std::strerror(EAGAIN)})) {
        return fmt::format(" (processes = {} in the manifest)", *limits.processes);
    }
    return {};
}

}  // namespace dumbwaiter
