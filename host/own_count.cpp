// SPDX-License-Identifier: BSD-3-Clause
#include "own_count.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "descriptor.hpp"
#include "whole_io.hpp"

namespace dumbwaiter {
namespace {

// Far above the uids that systems give out, and below those that are no uids.
constexpr uid_t kFirstPrivateUid = 0x70000000;

constexpr const char* kWhatHolds = "processes = 0 holds everywhere, \"none\" takes the limit away";

std::unexpected<Error> refusal(const char* what)
{
    return failure(Code::kUnsupported, fmt::format("{}: {}; {}", what, std::strerror(errno), kWhatHolds));
}

constexpr uint64_t bit(int capability)
{
    return uint64_t{1} << capability;
}

bool drop_capabilities(uint64_t dropped)
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[2]{};
    if (::syscall(SYS_capget, &header, sets) != 0) return false;
    for (int word = 0; word < 2; ++word) {
        const uint32_t kept = ~static_cast<uint32_t>(dropped >> (32 * word));
        sets[word].effective &= kept;
        sets[word].permitted &= kept;
        sets[word].inheritable &= kept;
    }
    return ::syscall(SYS_capset, &header, sets) == 0;
}

// The limit passes those who have these, also what they execute: so out of the bounding set first, while it may be
// changed.
bool drop_exemptions()
{
    for (const int capability : {CAP_SYS_ADMIN, CAP_SYS_RESOURCE}) {
        if (::prctl(PR_CAPBSET_READ, capability) == 1 && ::prctl(PR_CAPBSET_DROP, capability) != 0) return false;
    }
    return drop_capabilities(bit(CAP_SYS_ADMIN) | bit(CAP_SYS_RESOURCE));
}

Status take_private_uid()
{
    const uid_t uid = kFirstPrivateUid + static_cast<uid_t>(::getpid());
    if (::setresuid(uid, static_cast<uid_t>(-1), static_cast<uid_t>(-1)) != 0) {
        return refusal("root may not take a real uid of its own here");
    }
    if (!drop_exemptions()) return refusal("capabilities cannot be dropped");
    return {};
}

bool write_text(const char* path, const std::string& text)
{
    const Descriptor file(::open(path, O_WRONLY | O_CLOEXEC));
    return file.is_open() && write_all(file.number(), text);
}

// As itself, and alone.
bool map_user(uid_t uid, gid_t gid)
{
    return write_text("/proc/self/setgroups", "deny") &&
           write_text("/proc/self/uid_map", fmt::format("{0} {0} 1", uid)) &&
           write_text("/proc/self/gid_map", fmt::format("{0} {0} 1", gid));
}

Status enter_user_namespace()
{
    const uid_t uid = ::geteuid();
    const gid_t gid = ::getegid();
    if (::unshare(CLONE_NEWUSER) != 0) return refusal("this user gets no user namespace");
    // What cannot be dumped may not write its own maps.
    const int dumpable = ::prctl(PR_GET_DUMPABLE);
    ::prctl(PR_SET_DUMPABLE, 1);
    const bool is_mapped = map_user(uid, gid);
    const int reason = errno;
    ::prctl(PR_SET_DUMPABLE, dumpable);
    errno = reason;
    if (!is_mapped) return refusal("this user cannot be mapped into a user namespace");
    // It came with all of them, which this user never had.
    if (!drop_capabilities(~uint64_t{0})) return refusal("capabilities cannot be dropped");
    return {};
}

}  // namespace

Status count_tasks_apart()
{
    return ::geteuid() == 0 ? take_private_uid() : enter_user_namespace();
}

}  // namespace dumbwaiter
