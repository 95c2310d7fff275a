// SPDX-License-Identifier: BSD-3-Clause
//
// Fork, work, pipe back; and everything that can go wrong with that.
#include "trial_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "descriptor.hpp"
#include "kept_descriptors.hpp"
#include "service_environment.hpp"
#include "signal_name.hpp"
#include "system_failure.hpp"
#include "whole_io.hpp"

namespace dumbwaiter {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostSaid = size_t{64} << 20;
constexpr int kPipe = 3;  // where the child keeps its end

// The last piece of what the child writes: without it the library left before the work was done.
constexpr std::string_view kFinished =
    "\x04"
    "done";

// ---- in the child

void leave_everything_behind(int pipe_end, pid_t parent, std::span<const int> kept)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it died before the line above
    ::setsid();
    if (pipe_end != kPipe) ::dup2(pipe_end, kPipe);
    const int nothing = ::open("/dev/null", O_RDWR);
    for (int descriptor = 0; descriptor < 3; ++descriptor) ::dup2(nothing, descriptor);
    close_all_but(kPipe + 1, {kept.begin(), kept.end()});
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::prctl(PR_SET_DUMPABLE, 0);  // a core pattern that pipes does not ask for the limit
    leave_service_environment();
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void work_and_leave(const std::function<std::string()>& work, int pipe_end, pid_t parent,
                                 std::span<const int> kept)
{
    leave_everything_behind(pipe_end, parent, kept);
    const std::string said = work();
    // _exit: the library's destructors are no part of the trial, and this process's own are the parent's.
    ::_exit(write_all(kPipe, said) && write_all(kPipe, kFinished) ? 0 : 1);
}

// ---- in the parent

struct Child {
    pid_t pid = -1;
    Descriptor process;  // pidfd: readable once the child is gone, whoever may still hold its pipe
    Descriptor pipe;
    Descriptor stop;  // readable once this process is asked to end
};

// Appends what is there without waiting; false at the end, or when there is more than anyone can have to say.
bool drain(int pipe, std::string& said)
{
    char block[64 * 1024];
    for (;;) {
        const ssize_t count = ::read(pipe, block, sizeof block);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno == EAGAIN;
        if (count == 0 || said.size() > kMostSaid) return false;
        said.append(block, static_cast<size_t>(count));
    }
}

// A host has these blocked while it tries its libraries, and would hear of them at the end only. They stay pending, for
// their owner to take; where they are not blocked they end the process as ever.
Descriptor stop_signals()
{
    sigset_t blocked, wanted;
    ::sigemptyset(&wanted);
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    for (const int number : {SIGTERM, SIGINT}) {
        if (::sigismember(&blocked, number) == 1) ::sigaddset(&wanted, number);
    }
    return Descriptor(::signalfd(-1, &wanted, SFD_CLOEXEC));
}

enum class Heard { kEnd, kTimeIsUp, kStop };

Heard listen(const Child& child, Clock::time_point deadline, std::string& said)
{
    bool is_open = true;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return Heard::kTimeIsUp;
        pollfd watched[] = {{child.process.number(), POLLIN, 0},
                            {is_open ? child.pipe.number() : -1, POLLIN, 0},
                            {child.stop.number(), POLLIN, 0}};
        if (::poll(watched, 3, static_cast<int>(left)) < 0 && errno != EINTR) return Heard::kTimeIsUp;
        const bool is_gone = watched[0].revents != 0;
        if (is_open) is_open = drain(child.pipe.number(), said);
        if (is_gone) return Heard::kEnd;
        if (watched[2].revents != 0) return Heard::kStop;
    }
}

std::string death_of(int status, bool has_finished)
{
    if (WIFSIGNALED(status)) return "died of " + signal_name(WTERMSIG(status));
    if (WEXITSTATUS(status) != 0 || !has_finished) return fmt::format("exited with {}", WEXITSTATUS(status));
    return {};
}

Expected<Trial> watch(Child& child, std::chrono::milliseconds time_limit)
{
    Trial trial;
    const Heard heard = listen(child, Clock::now() + time_limit, trial.said);
    // The child leads a session of its own, so this takes along what its library started.
    ::kill(-child.pid, SIGKILL);
    ::kill(child.pid, SIGKILL);
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0) {
        if (errno != EINTR) return system_failure("waitpid");
    }
    const bool has_finished = trial.said.ends_with(kFinished);
    if (has_finished) trial.said.resize(trial.said.size() - kFinished.size());
    switch (heard) {
        case Heard::kEnd: trial.death = death_of(status, has_finished); break;
        case Heard::kStop: trial.death = "was interrupted"; break;
        case Heard::kTimeIsUp:
            trial.has_hung = true;
            trial.death = fmt::format("hung for {} s and was killed", static_cast<double>(time_limit.count()) / 1e3);
    }
    return trial;
}

}  // namespace

Expected<Trial> run_trial(const std::function<std::string()>& work, std::chrono::milliseconds time_limit,
                          std::span<const int> kept)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("pipe");
    Child child;
    child.pipe = Descriptor(ends[0]);
    Descriptor their_end(ends[1]);
    const pid_t parent = ::getpid();
    child.stop = stop_signals();
    child.pid = ::fork();
    if (child.pid == 0) work_and_leave(work, their_end.number(), parent, kept);
    their_end = Descriptor();
    if (child.pid < 0) return system_failure("fork");
    ::fcntl(child.pipe.number(), F_SETFL, O_NONBLOCK);
    child.process = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
    if (!child.process.is_open()) {
        const int reason = errno;
        ::kill(child.pid, SIGKILL);
        ::waitpid(child.pid, nullptr, 0);
        errno = reason;
        return system_failure("pidfd_open");
    }
    return watch(child, time_limit);
}

}  // namespace dumbwaiter
