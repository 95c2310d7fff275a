// SPDX-License-Identifier: BSD-3-Clause
#include "syscall_filter.hpp"

#ifdef HAVE_SECCOMP

#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dumbwaiter {
namespace {

constexpr uint32_t kForbidden = SCMP_ACT_ERRNO(EPERM);

// clone3 has its flags behind a pointer, where a filter cannot look: without it, libc takes clone.
constexpr uint32_t kNoSuchCall = SCMP_ACT_ERRNO(ENOSYS);

// Rules are added until one fails; load() tells of the failure.
class Filter {
public:
    Filter() : context_(::seccomp_init(SCMP_ACT_ALLOW))
    {
        if (context_ == nullptr) fault_ = -ENOMEM;
        // Calls by the numbers of another architecture would pass by the rules.
        if (fault_ == 0) fault_ = ::seccomp_attr_set(context_, SCMP_FLTATR_ACT_BADARCH, kForbidden);
    }
    ~Filter()
    {
        if (context_ != nullptr) ::seccomp_release(context_);
    }
    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;

    void forbid(const char* call) { add(kForbidden, call, {}); }
    void forbid_if(const char* call, scmp_arg_cmp condition) { add(kForbidden, call, {&condition, 1}); }
    void hide(const char* call) { add(kNoSuchCall, call, {}); }

    Status load()
    {
        if (fault_ == 0) fault_ = ::seccomp_load(context_);
        if (fault_ == 0) return {};
        return failure(Code::kUnsupported,
                       fmt::format("the kernel takes no filter of system calls (seccomp): {}", std::strerror(-fault_)));
    }

private:
    struct Conditions {
        const scmp_arg_cmp* first = nullptr;
        unsigned count = 0;
    };
    void add(uint32_t action, const char* call, Conditions conditions)
    {
        const int number = ::seccomp_syscall_resolve_name(call);
        if (number == __NR_SCMP_ERROR || fault_ != 0) return;  // a call that this architecture does not have
        fault_ = ::seccomp_rule_add_array(context_, action, number, conditions.count, conditions.first);
    }

    scmp_filter_ctx context_;
    int fault_ = 0;
};

scmp_arg_cmp is_other_than(unsigned argument, uint64_t value)
{
    return {argument, SCMP_CMP_NE, value, 0};
}

scmp_arg_cmp has_bit(unsigned argument, uint64_t bit)
{
    return {argument, SCMP_CMP_MASKED_EQ, bit, bit};
}

constexpr const char* kNeverNeeded[] = {
    // other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd", "pidfd_send_signal",
    // other rights
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups", "capset",
    "keyctl", "add_key", "request_key",
    // namespaces and mounts
    "unshare", "setns", "mount", "umount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "name_to_handle_at", "open_by_handle_at", "quotactl",
    "quotactl_fd", "swapon", "swapoff", "fanotify_init",
    // the machine
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "acct", "syslog",
    "settimeofday", "clock_settime", "clock_settime64", "clock_adjtime", "clock_adjtime64", "adjtimex", "stime",
    "sethostname", "setdomainname", "iopl", "ioperm", "vhangup", "personality", "modify_ldt",
    // a way past this filter, and parts of the kernel that are known for their holes
    "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open", "userfaultfd", "lookup_dcookie",
    "nfsservctl", "uselib", "vmsplice"};

constexpr uint64_t kNewNamespaces[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                       CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};

void add_no_processes(Filter& filter)
{
    filter.forbid("fork");
    filter.forbid("vfork");
    filter.forbid_if("clone", {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0});
    filter.hide("clone3");
}

// Where nothing is started, nothing but itself needs a signal.
void add_no_foreign_signals(Filter& filter)
{
    const auto self = static_cast<uint64_t>(::getpid());
    for (const char* call : {"kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"}) {
        filter.forbid_if(call, is_other_than(0, self));
    }
    filter.forbid("tkill");
}

void add_no_programs(Filter& filter)
{
    add_no_processes(filter);
    filter.forbid("execve");
    filter.forbid("execveat");
    add_no_foreign_signals(filter);
}

void add_no_namespaces(Filter& filter)
{
    for (const uint64_t flag : kNewNamespaces) filter.forbid_if("clone", has_bit(0, flag));
    filter.hide("clone3");
}

// With a network: what resolving and connecting takes, and no other family.
void add_sockets(Filter& filter, bool network)
{
    if (!network) return filter.forbid("socket");
    constexpr uint64_t kFamilies = AF_NETLINK + 1;
    for (uint64_t family = 0; family < kFamilies; ++family) {
        const bool is_needed = family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
        if (!is_needed) filter.forbid_if("socket", {0, SCMP_CMP_EQ, family, 0});
    }
    filter.forbid_if("socket", {0, SCMP_CMP_GE, kFamilies, 0});
}

}  // namespace

Status forbid_processes()
{
    Filter filter;
    add_no_processes(filter);
    return filter.load();
}

Status forbid_what_computing_never_needs(AllowedCalls allowed)
{
    Filter filter;
    for (const char* call : kNeverNeeded) filter.forbid(call);
    if (allowed.processes) {
        add_no_namespaces(filter);
    } else {
        add_no_programs(filter);
    }
    add_sockets(filter, allowed.network);
    filter.forbid_if("prlimit64", is_other_than(0, 0));
    filter.forbid_if("ioctl", {1, SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCSTI});  // types into somebody's terminal
    return filter.load();
}

Status syscall_filters_available()
{
    if (::seccomp_api_get() > 0) return {};
    return failure(Code::kUnsupported, "this kernel has no filters of system calls (CONFIG_SECCOMP_FILTER)");
}

}  // namespace dumbwaiter

#else

namespace dumbwaiter {

Status forbid_processes()
{
    return syscall_filters_available();
}

Status forbid_what_computing_never_needs(AllowedCalls)
{
    return syscall_filters_available();
}

Status syscall_filters_available()
{
    return failure(Code::kUnsupported,
                   "this build has no filters of system calls: build it with libseccomp (Debian: libseccomp-dev)");
}

}  // namespace dumbwaiter

#endif
