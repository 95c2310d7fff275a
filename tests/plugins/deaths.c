// SPDX-License-Identifier: BSD-3-Clause
//
// deaths.so: more ways to take a process along, to hang in it, or to leave something behind.
#include <dumbwaiter/plugin.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile int zero = 0;

DW_FUNCTION(divides, "Divides by zero")
{
    (void)call;
    return 7 / zero;
}

DW_FUNCTION(divides_later, "Divides by zero after a while")
{
    dw_sleep_ns(call, 100000000);
    return 7 / zero;
}

DW_FUNCTION(slow, "Takes a while")
{
    dw_sleep_ns(call, 150000000);
    return dw_put_i64(call, 1);
}

DW_FUNCTION(beyond, "Reads behind the end of a mapped file")
{
    int file = memfd_create("short", 0);
    volatile char* at = (volatile char*)mmap(0, 4096, PROT_READ, MAP_SHARED, file, 0);
    (void)call;
    return at[0];
}

DW_FUNCTION(ends_thread, "Ends the thread that it was given")
{
    (void)call;
    pthread_exit(0);
    return DW_OK;
}

DW_FUNCTION(trap, "Runs into an instruction that there is not")
{
    (void)call;
    __builtin_trap();
    return DW_OK;
}

DW_FUNCTION(bad_system_call, "Gets the signal of a system call that there is not")
{
    (void)call;
    raise(SIGSYS);
    return DW_OK;
}

DW_FUNCTION(jumps, "Jumps back to where nobody has been")
{
    static jmp_buf nowhere;
    (void)call;
    longjmp(nowhere, 1);
}

DW_FUNCTION(deaf, "Hangs, and ignores SIGTERM")
{
    (void)call;
    signal(SIGTERM, SIG_IGN);
    while (pause() != 0) {
    }
    return DW_OK;
}

DW_FUNCTION(starts_daemon, "Leaves a process of its own behind, in a session of its own; its pid")
{
    int ends[2];
    int pid = 0;
    if (pipe(ends) != 0) return DW_ERROR;
    if (fork() == 0) {
        setsid();
        pid = fork();
        if (pid == 0) {
            close(ends[0]);
            close(ends[1]);
            for (;;) pause();
        }
        if (write(ends[1], &pid, sizeof pid) < 0) _exit(1);
        _exit(0);
    }
    if (read(ends[0], &pid, sizeof pid) != sizeof pid) return DW_ERROR;
    close(ends[0]);
    close(ends[1]);
    return dw_put_i64(call, pid);
}

DW_FUNCTION(descriptors, "The descriptors of its process")
{
    char text[1000] = "";
    DIR* folder = opendir("/proc/self/fd");
    for (int number = 0; number < 1024; ++number) {
        if (number == dirfd(folder) || fcntl(number, F_GETFD) < 0) continue;
        sprintf(text + strlen(text), "%s%d", *text ? " " : "", number);
    }
    closedir(folder);
    return dw_put_str(call, text, strlen(text));
}

DW_FUNCTION(prints, "Writes to stdout and stderr")
{
    printf("to stdout\n");
    fprintf(stderr, "to stderr\n");
    return dw_put_null(call);
}

DW_FUNCTION(spins, "Uses CPU time for ever")
{
    (void)call;
    while (zero == 0) {
    }
    return DW_OK;
}

DW_FUNCTION(opens, "Opens the file that it is given")
{
    const char* path;
    uint64_t length;
    int32_t code = dw_arg_str(call, 0, &path, &length);
    int file;
    if (code != DW_OK) return code;
    file = open(path, O_RDONLY);
    if (file < 0) return dw_fail(call, "it cannot be opened");
    close(file);
    return dw_put_bool(call, 1);
}

DW_FUNCTION(bytes, "So many x")
{
    int64_t count = 0;
    char* text;
    int32_t code = dw_arg_i64(call, 0, &count);
    if (code != DW_OK) return code;
    text = (char*)malloc((size_t)count);
    if (text == 0) return dw_fail(call, "no memory");
    memset(text, 'x', (size_t)count);
    code = dw_put_str(call, text, (uint64_t)count);
    free(text);
    return code;
}
