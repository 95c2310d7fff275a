// SPDX-License-Identifier: BSD-3-Clause
//
// Fork, a pipe, and what became of the child.
#include "in_child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace dumbwaiter {

namespace {

void settle_child(pid_t parent, unsigned limit_seconds)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    for (int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGPIPE}) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) dup2(null, STDERR_FILENO);  // LMDB's last words are said by the parent
    alarm(limit_seconds);
}

bool write_whole(int fd, const std::string& text)
{
    for (size_t at = 0; at < text.size();) {
        ssize_t written = write(fd, text.data() + at, text.size() - at);
        if (written < 0 && errno != EINTR) return false;
        if (written > 0) at += static_cast<size_t>(written);
    }
    return true;
}

std::string read_whole(int fd)
{
    std::string text;
    std::array<char, 4096> piece;
    for (;;) {
        ssize_t length = read(fd, piece.data(), piece.size());
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) return text;
        text.append(piece.data(), static_cast<size_t>(length));
    }
}

std::string how_it_ended(int status, unsigned limit_seconds)
{
    if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? "" : fmt::format("exited with {}", WEXITSTATUS(status));
    if (WTERMSIG(status) == SIGALRM) return fmt::format("took longer than {} s", limit_seconds);
    const char* name = sigabbrev_np(WTERMSIG(status));
    return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", WTERMSIG(status));
}

}  // namespace

Expected<ChildWork> run_in_child(const std::function<std::string()>& work, unsigned limit_seconds)
{
    std::array<int, 2> ends;
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return failure(Code::kIo, fmt::format("making a pipe: {}", std::strerror(errno)));
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) {
        int code = errno;
        close(ends[0]);
        close(ends[1]);
        return failure(Code::kIo, fmt::format("starting a child: {}", std::strerror(code)));
    }
    if (child == 0) {
        settle_child(parent, limit_seconds);
        close(ends[0]);
        _exit(write_whole(ends[1], work()) ? 0 : 1);
    }
    close(ends[1]);
    ChildWork done;
    done.output = read_whole(ends[0]);
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return failure(Code::kIo, fmt::format("waiting for a child: {}", std::strerror(errno)));
    }
    done.failure = how_it_ended(status, limit_seconds);
    return done;
}

}  // namespace dumbwaiter
