// SPDX-License-Identifier: BSD-3-Clause
//
// surroundings.so: what a function finds in its process beside its own memory, and one that changes all of it.
#include <dumbwaiter/plugin.h>

#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void ignore(int number)
{
    (void)number;
}

DW_FUNCTION(looks, "Its signals, folder, locale, umask, environment and rounding, as one text")
{
    char text[4096], folder[1024];
    struct sigaction alarm_action, pipe_action;
    sigset_t mask;
    mode_t const bits = umask(0);
    umask(bits);
    sigaction(SIGALRM, 0, &alarm_action);
    sigaction(SIGPIPE, 0, &pipe_action);
    sigprocmask(SIG_SETMASK, 0, &mask);
    if (getcwd(folder, sizeof folder) == 0) strcpy(folder, "?");
    snprintf(text, sizeof text, "alarm %s, pipe %s, blocked %d, folder %s, locale %s, umask %03o, HARM %s, rounding %d",
             alarm_action.sa_handler == SIG_DFL ? "default" : "changed",
             pipe_action.sa_handler == SIG_IGN ? "ignored" : "changed", sigismember(&mask, SIGUSR1), folder,
             setlocale(LC_ALL, 0), (unsigned)bits, getenv("HARM") ? getenv("HARM") : "none", fegetround());
    return dw_put_str(call, text, strlen(text));
}

DW_FUNCTION(changes, "Changes all of it")
{
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, 0);
    signal(SIGALRM, ignore);
    signal(SIGPIPE, SIG_DFL);
    if (chdir("/") != 0) return DW_ERROR;
    setlocale(LC_ALL, "C.UTF-8");
    umask(0777);
    setenv("HARM", "done", 1);
    fesetround(FE_UPWARD);
    return dw_put_null(call);
}
