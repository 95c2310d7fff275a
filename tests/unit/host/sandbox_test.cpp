// SPDX-License-Identifier: BSD-3-Clause
//
// The strict sandbox, entered by children: what it takes away and what it leaves.
#include "sandbox.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "child_limits.hpp"
#include "in_child.hpp"
#include "scratch_folder.hpp"

using namespace dumbwaiter;

namespace {

// errno's name, or "done".
std::string outcome(long result)
{
    return result >= 0 ? "done" : ::strerrorname_np(errno);
}

std::string confined(const Sandbox& sandbox, const std::function<std::string()>& work,
                     const std::vector<std::filesystem::path>& libraries = {})
{
    return in_child([&] {
        const Status entered = enter_sandbox(sandbox, libraries);
        return entered ? work() : "cannot: " + entered.error().message;
    });
}

std::string opened(const std::filesystem::path& path, int flags)
{
    return outcome(::open(path.c_str(), flags | O_CLOEXEC, 0600));
}

bool is_missing()
{
    const Status available = sandbox_available();
    if (!available) MESSAGE(available.error().message);
    return !available;
}

const Sandbox kStrict{.strict = true};

}  // namespace

TEST_CASE("without a sandbox nothing is given up")
{
    CHECK(confined({}, [] { return opened("/etc/hostname", O_RDONLY) + outcome(::socket(AF_INET, SOCK_DGRAM, 0)); }) ==
          "donedone");
}

TEST_CASE("a strict sandbox leaves what every library needs to run")
{
    if (is_missing()) return;
    for (const char* path : {"/usr/lib", "/lib/x86_64-linux-gnu/libc.so.6", "/proc/self/status", "/proc/self/maps",
                             "/proc/meminfo", "/dev/urandom", "/usr/share/zoneinfo"}) {
        if (::access(path, F_OK) != 0) continue;
        CAPTURE(path);
        CHECK(confined(kStrict, [&] { return opened(path, O_RDONLY); }) == "done");
    }
    CHECK(confined(kStrict, [] { return opened("/dev/null", O_RDWR); }) == "done");
    CHECK(confined(kStrict, [] {
              int sum = 0;
              std::thread([&] { sum = 7; }).join();
              return fmt::format("{}", sum);
          }) == "7");
    CHECK(confined(kStrict, [] { return outcome(std::raise(SIGUSR1)); }) == "died of SIGUSR1");
}

TEST_CASE("a strict sandbox closes the rest of the files, to read and to write")
{
    if (is_missing()) return;
    const ScratchFolder folder;
    const auto file = folder.write("secret", "x");
    CHECK(confined(kStrict, [&] { return opened(file, O_RDONLY); }) == "EACCES");
    CHECK(confined(kStrict, [&] { return opened(file, O_WRONLY); }) == "EACCES");
    CHECK(confined(kStrict, [&] { return opened(folder.path / "new", O_WRONLY | O_CREAT); }) == "EACCES");
    CHECK(confined(kStrict, [&] { return outcome(::unlink(file.c_str())); }) == "EACCES");
    CHECK(confined(kStrict, [] { return opened("/etc/passwd", O_RDONLY); }) == "EACCES");
    CHECK(confined(kStrict, [] { return opened("/proc/1/status", O_RDONLY); }) == "EACCES");
    CHECK(confined(kStrict, [] { return opened("/usr/x", O_WRONLY | O_CREAT); }) == "EACCES");
}

TEST_CASE("what the manifest allows is open, and no more of it than it says")
{
    if (is_missing()) return;
    const ScratchFolder folder;
    const auto file = folder.write("data", "x");
    Sandbox sandbox = kStrict;
    sandbox.read = {file};
    CHECK(confined(sandbox, [&] { return opened(file, O_RDONLY) + opened(file, O_WRONLY); }) == "doneEACCES");
    sandbox.read.clear();
    sandbox.write = {folder.path};
    CHECK(confined(sandbox, [&] {
              std::string said = opened(file, O_RDWR | O_TRUNC);
              said += opened(folder.path / "new", O_WRONLY | O_CREAT);
              return said + outcome(::unlink((folder.path / "new").c_str()));
          }) == "donedonedone");
    CHECK(confined(kStrict, [&] { return opened(file, O_RDONLY); }, {folder.path}) == "done");
    sandbox.write = {folder.path / "missing"};
    CHECK(confined(sandbox, [] { return std::string(); }).find("allow_write cannot be allowed") != std::string::npos);
}

TEST_CASE("sockets are for those that are allowed the network")
{
    if (is_missing()) return;
    const auto sockets = [] {
        std::string said;
        for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG}) {
            said += ::socket(family, SOCK_DGRAM, 0) < 0 && errno == EPERM ? "-" : "+";
        }
        return said;
    };
    CHECK(confined(kStrict, sockets) == "-------");
    CHECK(confined({.strict = true, .network = true}, sockets) == "++++---");
}

TEST_CASE("programs and processes are for those that are allowed them")
{
    if (is_missing()) return;
    const auto run = [] { return std::string(std::system("true") == 0 ? "ran" : "refused"); };
    CHECK(confined(kStrict, run) == "refused");
    CHECK(confined(kStrict, [] { return outcome(::fork()); }) == "EPERM");
    CHECK(confined(kStrict, [] { return outcome(::execl("/bin/true", "true", nullptr)); }) == "EPERM");
    CHECK(confined({.strict = true, .processes = true}, run) == "ran");
    const ScratchFolder folder;
    const auto program = folder.write("program", "#!/bin/sh\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    Sandbox sandbox{.strict = true, .read = {folder.path}, .processes = true};
    CHECK(confined(sandbox, [&] { return outcome(::execl(program.c_str(), program.c_str(), nullptr)); }) == "EACCES");
}

TEST_CASE("other processes can be neither signalled nor looked into")
{
    if (is_missing()) return;
    for (const bool processes : {false, true}) {
        const Sandbox sandbox{.strict = true, .processes = processes};
        CHECK(confined(sandbox, [] { return outcome(::kill(::getppid(), 0)); }) == "EPERM");
        CHECK(confined(sandbox, [] { return outcome(::ptrace(PTRACE_ATTACH, ::getppid(), 0, 0)); }) == "EPERM");
        CHECK(confined(sandbox, [] { return outcome(::prlimit(::getppid(), RLIMIT_NOFILE, nullptr, nullptr)); }) ==
              "EPERM");
    }
}

TEST_CASE("no way leads past the filter: new namespaces, clone3, other numbers for the same calls")
{
    if (is_missing()) return;
    const Sandbox sandbox{.strict = true, .network = true, .processes = true};
    CHECK(confined(sandbox, [] { return outcome(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }) ==
          "EPERM");
    CHECK(confined(sandbox, [] { return outcome(::syscall(SYS_clone3, nullptr, 0)); }) == "ENOSYS");
    CHECK(confined(kStrict, [] { return outcome(::syscall(SYS_clone3, nullptr, 0)); }) == "ENOSYS");
    CHECK(confined(kStrict, [] { return outcome(::ioctl(1, TIOCSTI, "x")); }) == "EPERM");
    CHECK(confined(kStrict, [] { return outcome(::ioctl(1, TIOCSTI | 1ul << 32, "x")); }) == "EPERM");
#ifdef __x86_64__
    constexpr long kX32 = 0x40000000;
    CHECK(confined(kStrict, [] { return outcome(::syscall(kX32 + SYS_getpid)); }) == "EPERM");
#endif
}

TEST_CASE("a library can still be loaded from a copy in memory, with limits and all")
{
    if (is_missing()) return;
    CHECK(in_child([] {
              const int copy = ::memfd_create("copy", 0);
              for (const Status& done : {ChildLimits({.processes = 5}).apply(), enter_sandbox(kStrict, {})}) {
                  if (!done && done.error().message.find("processes = 5 cannot") == std::string::npos) {
                      return done.error().message;
                  }
              }
              return opened(fmt::format("/proc/self/fd/{}", copy), O_RDONLY);
          }) == "done");
}

TEST_CASE("what computing never needs fails with EPERM, and kills nobody")
{
    if (is_missing()) return;
    struct Row {
        const char* name;
        std::function<long()> call;
    };
    const std::vector<Row> rows = {
        {"mount", [] { return ::mount("x", "/", "tmpfs", 0, nullptr); }},
        {"unshare", [] { return ::unshare(CLONE_NEWUSER); }},
        {"setuid", [] { return ::setuid(::getuid()); }},
        {"bpf", [] { return ::syscall(SYS_bpf, BPF_MAP_CREATE, nullptr, 0); }},
        {"keyctl", [] { return ::syscall(SYS_keyctl, 0, 0, 0); }},
        {"io_uring", [] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }},
        {"perf", [] { return ::syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0); }},
        {"kexec", [] { return ::syscall(SYS_kexec_load, 0, 0, nullptr, 0); }},
        {"reboot", [] { return ::syscall(SYS_reboot, 0, 0, 0, nullptr); }},
        {"userfaultfd", [] { return ::syscall(SYS_userfaultfd, 0); }},
        {"by handle", [] { return ::syscall(SYS_open_by_handle_at, -1, nullptr, 0); }},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(confined(kStrict, [&] { return outcome(row.call()); }) == "EPERM");
        CHECK(confined({.strict = true, .network = true, .processes = true}, [&] { return outcome(row.call()); }) ==
              "EPERM");
    }
}
