// SPDX-License-Identifier: BSD-3-Clause
#include "landlock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dumbwaiter {
namespace {

// What the headers of this distribution do not know yet, by the kernel's documentation. The number of a version of
// Landlock is said by the running kernel.
constexpr uint64_t kTruncate = 1 << 14;        // from version 3 on
constexpr uint64_t kIoctlDevice = 1 << 15;     // 5
constexpr uint64_t kBindTcp = 1 << 0;          // 4
constexpr uint64_t kConnectTcp = 1 << 1;       // 4
constexpr uint64_t kAbstractSockets = 1 << 0;  // 6
constexpr uint64_t kSignals = 1 << 1;          // 6

struct Ruleset {
    uint64_t files = 0, network = 0, scoped = 0;
};

constexpr uint64_t kReadFiles = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr uint64_t kRead = kReadFiles | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kOfFiles =
    kReadFiles | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | kTruncate | kIoctlDevice;

long version()
{
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

Ruleset ruleset_of(long version, bool network)
{
    Ruleset ruleset;
    ruleset.files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    if (version >= 2) ruleset.files |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3) ruleset.files |= kTruncate;
    if (version >= 5) ruleset.files |= kIoctlDevice;
    if (version >= 4 && !network) ruleset.network = kBindTcp | kConnectTcp;
    if (version >= 6) ruleset.scoped = kSignals | (network ? 0 : kAbstractSockets);
    return ruleset;
}

// An older kernel knows less of the struct, and refuses one that is longer than its own unless the rest is zero.
size_t size_for(long version)
{
    if (version >= 6) return sizeof(Ruleset);
    return version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

uint64_t rights(Landlock::Access access)
{
    switch (access) {
        case Landlock::Access::kRead: return kRead;
        case Landlock::Access::kReadAndExecute: return kRead | LANDLOCK_ACCESS_FS_EXECUTE;
        // No devices, and nothing to execute that was written here.
        case Landlock::Access::kReadAndWrite:
            return ~uint64_t{LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                             kIoctlDevice};
    }
    return 0;
}

std::unexpected<Error> landlock_failure(const std::string& doing)
{
    const Code code = errno == ENOENT || errno == ENOTDIR ? Code::kNotFound : Code::kIo;
    return failure(code, fmt::format("{}: {}", doing, std::strerror(errno)));
}

}  // namespace

Status Landlock::begin(bool network)
{
    if (const Status available = landlock_available(); !available) return available;
    const long known = version();
    const Ruleset ruleset = ruleset_of(known, network);
    handled_ = ruleset.files;
    ruleset_ = Descriptor(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &ruleset, size_for(known), 0)));
    if (!ruleset_.is_open()) return landlock_failure("landlock_create_ruleset");
    return {};
}

Status Landlock::allow(const std::filesystem::path& path, Access access)
{
    const Descriptor file(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.number(), &status) != 0) return landlock_failure(path.string());
    const uint64_t fitting = S_ISDIR(status.st_mode) ? ~uint64_t{0} : kOfFiles;
    const landlock_path_beneath_attr rule{.allowed_access = rights(access) & handled_ & fitting,
                                          .parent_fd = file.number()};
    const long added = ::syscall(SYS_landlock_add_rule, ruleset_.number(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    if (added != 0) return landlock_failure(path.string());
    return {};
}

Status Landlock::enter()
{
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return landlock_failure("PR_SET_NO_NEW_PRIVS");
    if (::syscall(SYS_landlock_restrict_self, ruleset_.number(), 0) != 0)
        return landlock_failure("landlock_restrict_self");
    return {};
}

Status landlock_available()
{
    if (version() > 0) return {};
    if (errno == EOPNOTSUPP) {
        return failure(Code::kUnsupported,
                       "Landlock is switched off in this kernel: add landlock to lsm= at its start");
    }
    return failure(Code::kUnsupported, "this kernel has no Landlock (Linux 5.13 with CONFIG_SECURITY_LANDLOCK)");
}

}  // namespace dumbwaiter
