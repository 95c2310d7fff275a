// SPDX-License-Identifier: BSD-3-Clause
//
// Between fork and exec only what is async-signal-safe is called: other threads of this process may hold any lock.
#include "exec_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec_tree.h"

// What could not be done between fork and exec; sent over a pipe that exec closes.
typedef struct {
    enum { kFolder, kExec } step;
    int error;
} Hitch;

// The three pipes of the command and the one of its hitch; [0] is read from.
typedef struct {
    int in[2], out[2], err[2], hitch[2];
} Pipes;

static void close_one(int* fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void close_pipes(Pipes* pipes)
{
    int* const all[] = {pipes->in, pipes->out, pipes->err, pipes->hitch};
    for (int i = 0; i < 4; ++i) {
        close_one(&all[i][0]);
        close_one(&all[i][1]);
    }
}

static int open_pipes(Pipes* pipes)
{
    memset(pipes, -1, sizeof *pipes);
    if (pipe2(pipes->in, O_CLOEXEC) == 0 && pipe2(pipes->out, O_CLOEXEC) == 0 && pipe2(pipes->err, O_CLOEXEC) == 0 &&
        pipe2(pipes->hitch, O_CLOEXEC) == 0)
        return 1;
    close_pipes(pipes);
    return 0;
}

static void restore_signals(void)
{
    struct sigaction plain;
    sigset_t none;
    memset(&plain, 0, sizeof plain);
    plain.sa_handler = SIG_DFL;
    for (int number = 1; number < 65; ++number) sigaction(number, &plain, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// A pipe's end may be 0, 1 or 2 itself, in a process that has those closed.
static int moved_up(int fd)
{
    return fd > 2 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void become(const Pipes* pipes, const Command* command)
{
    int const hitch_fd = moved_up(pipes->hitch[1]);
    int const in = moved_up(pipes->in[0]), out = moved_up(pipes->out[1]), err = moved_up(pipes->err[1]);
    Hitch hitch = {kFolder, 0};
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // when the worker goes, whatever ended it
    restore_signals();
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    // Whatever this process has open is not the command's: marked, as the pipe of the hitch has to live until exec.
    syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    if (!command->cwd || chdir(command->cwd) == 0) {
        hitch.step = kExec;
        execvpe(command->argv[0], (char* const*)command->argv,
                command->environment ? (char* const*)command->environment : environ);
    }
    hitch.error = errno;
    ssize_t const written = write(hitch_fd, &hitch, sizeof hitch);
    (void)written;
    _exit(127);
}

static const char* advice(int error)
{
    switch (error) {
        case ENOENT: return "; is it installed, and in PATH? A path with a slash is relative to the manifest's folder";
        case EACCES: return "; is it executable?";
        case ENOEXEC: return "; a script needs a first line such as #!/bin/sh";
        default: return "";
    }
}

static int32_t fail_hitch(dw_call* call, const Command* command, const Hitch* hitch)
{
    char text[1024];
    if (hitch->step == kFolder) {
        snprintf(text, sizeof text, "kwargs.cwd = \"%.600s\": %s", command->cwd, strerror(hitch->error));
    } else {
        snprintf(text, sizeof text, "args[0] = \"%.600s\" cannot be run: %s%s", command->argv[0],
                 strerror(hitch->error), advice(hitch->error));
    }
    return dw_fail(call, text);
}

static int32_t fail_start(dw_call* call)
{
    char text[200];
    snprintf(text, sizeof text, "a process cannot be started: %s", strerror(errno));
    dw_fail(call, text);
    return DW_RETRY;
}

// All signals wait until the new process has put its own handlers away: it would run those of this one.
static pid_t fork_quietly(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t const pid = _Fork();
    if (pid != 0) pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

static void take_ends(Process* process, Pipes* pipes)
{
    process->in = pipes->in[1];
    process->out = pipes->out[0];
    process->err = pipes->err[0];
    pipes->in[1] = pipes->out[0] = pipes->err[0] = -1;
    int const ends[] = {process->in, process->out, process->err};
    for (int i = 0; i < 3; ++i) fcntl(ends[i], F_SETFL, O_NONBLOCK);
}

int32_t process_start(Process* process, const Command* command, dw_call* call)
{
    Pipes pipes;
    Hitch hitch;
    if (!open_pipes(&pipes)) return fail_start(call);
    process->pid = fork_quietly();
    if (process->pid == 0) become(&pipes, command);
    if (process->pid < 0) {
        int32_t const code = fail_start(call);
        close_pipes(&pipes);
        return code;
    }
    process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0U);
    take_ends(process, &pipes);
    close_one(&pipes.hitch[1]);
    ssize_t got;
    do got = read(pipes.hitch[0], &hitch, sizeof hitch);
    while (got < 0 && errno == EINTR);
    close_pipes(&pipes);
    if (got != (ssize_t)sizeof hitch) return DW_OK;
    process_end(process, 0);
    return fail_hitch(call, command, &hitch);
}

int process_end(Process* process, int with_tree)
{
    int status = 0;
    if (with_tree) kill_tree(process->pid);
    kill(-process->pid, SIGKILL);  // not waited for yet, so that the number is no one else's
    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR) {
    }
    close_one(&process->pidfd);
    close_one(&process->in);
    close_one(&process->out);
    close_one(&process->err);
    return status;
}
