// SPDX-License-Identifier: BSD-3-Clause
#include "init_process.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

#include "system_failure.hpp"

namespace dumbwaiter {

namespace {

bool orphans_land_here()
{
    int is_subreaper = 0;
    return ::getpid() == 1 || (::prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper) == 0 && is_subreaper != 0);
}

// All but those of a fault of its own, and those that stop a job of a shell's.
sigset_t signals_to_hand_on()
{
    sigset_t set;
    ::sigfillset(&set);
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGTSTP, SIGTTIN, SIGTTOU}) {
        ::sigdelset(&set, number);
    }
    return set;
}

void reap(pid_t host)
{
    int status = 0;
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == host) ::_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    }
}

[[noreturn]] void be_init(pid_t host, const sigset_t& signals)
{
    ::prctl(PR_SET_NAME, "dumbwaiter-init");
    while (true) {
        reap(host);
        siginfo_t info{};
        const int number = ::sigwaitinfo(&signals, &info);
        // What the terminal sends has reached the host already, which is in the same process group.
        if (number > 0 && number != SIGCHLD && info.si_code != SI_KERNEL) ::kill(host, number);
    }
}

// The watchdog is fed by the process that it is meant for.
void take_over_watchdog(pid_t before)
{
    const char* const meant = std::getenv("WATCHDOG_PID");
    if (meant != nullptr && meant == std::to_string(before)) {
        ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    }
}

}  // namespace

Expected<bool> put_init_before_host()
{
    if (!orphans_land_here()) return false;
    const pid_t self = ::getpid();
    const sigset_t signals = signals_to_hand_on();
    sigset_t before;
    ::signal(SIGCHLD, SIG_DFL);
    ::sigprocmask(SIG_BLOCK, &signals, &before);
    const pid_t host = ::fork();
    if (host > 0) be_init(host, signals);
    const int error = errno;
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    if (host < 0) return system_failure("fork");
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != self) ::_exit(1);  // it died before the line above
    take_over_watchdog(self);
    return true;
}

}  // namespace dumbwaiter
