// SPDX-License-Identifier: BSD-3-Clause
#include "sandbox.hpp"

#include <fmt/format.h>

#include "landlock.hpp"
#include "syscall_filter.hpp"

namespace dumbwaiter {
namespace {

using Access = Landlock::Access;

constexpr const char* kPrograms[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};

constexpr const char* kReadable[] = {
    // what libc reads
    "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime", "/etc/timezone", "/etc/locale.alias",
    // the process itself, and what processors and memory there are
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/version",
    "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/random", "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage", "/dev/urandom", "/dev/random"};

constexpr const char* kWritable[] = {"/dev/null", "/dev/zero", "/dev/full"};

// Names to addresses, services to ports, and whom to believe.
constexpr const char* kForNetwork[] = {"/etc/resolv.conf", "/etc/hosts",     "/etc/nsswitch.conf",
                                       "/etc/host.conf",   "/etc/gai.conf",  "/etc/services",
                                       "/etc/protocols",   "/etc/ssl/certs", "/etc/ssl/openssl.cnf"};

// Not every system has each of these.
template <size_t count>
Status allow_where_there(Landlock& landlock, const char* const (&paths)[count], Access access)
{
    for (const char* path : paths) {
        const Status allowed = landlock.allow(path, access);
        if (!allowed && allowed.error().code != Code::kNotFound) return allowed;
    }
    return {};
}

Status allow_system(Landlock& landlock, const Sandbox& sandbox)
{
    const Access programs = sandbox.processes ? Access::kReadAndExecute : Access::kRead;
    if (const Status done = allow_where_there(landlock, kPrograms, programs); !done) return done;
    if (const Status done = allow_where_there(landlock, kReadable, Access::kRead); !done) return done;
    if (const Status done = allow_where_there(landlock, kWritable, Access::kReadAndWrite); !done) return done;
    return sandbox.network ? allow_where_there(landlock, kForNetwork, Access::kRead) : Status();
}

Status allow_named(Landlock& landlock, std::span<const std::filesystem::path> paths, Access access, const char* key)
{
    for (const std::filesystem::path& path : paths) {
        const Status allowed = landlock.allow(path, access);
        if (allowed) continue;
        return failure(allowed.error().code,
                       fmt::format("{} cannot be allowed, {}: make it, or take it out", key, allowed.error().message));
    }
    return {};
}

}  // namespace

Status enter_sandbox(const Sandbox& sandbox, std::span<const std::filesystem::path> libraries)
{
    if (!sandbox.strict) return {};
    if (const Status available = sandbox_available(); !available) return available;
    Landlock landlock;
    if (const Status begun = landlock.begin(sandbox.network); !begun) return begun;
    if (const Status done = allow_system(landlock, sandbox); !done) return done;
    if (const Status done = allow_named(landlock, libraries, Access::kRead, "a library"); !done) return done;
    if (const Status done = allow_named(landlock, sandbox.read, Access::kRead, "allow_read"); !done) return done;
    if (const Status done = allow_named(landlock, sandbox.write, Access::kReadAndWrite, "allow_write"); !done) {
        return done;
    }
    if (const Status entered = landlock.enter(); !entered) return entered;
    return forbid_what_computing_never_needs({.network = sandbox.network, .processes = sandbox.processes});
}

Status sandbox_available()
{
    for (const Status& available : {landlock_available(), syscall_filters_available()}) {
        if (!available) return within("sandbox = \"strict\" cannot be held here", available.error());
    }
    return {};
}

}  // namespace dumbwaiter
