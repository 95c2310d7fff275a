// SPDX-License-Identifier: BSD-3-Clause
#include "exec_exchange.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// More than a value has room for, as a host is usually set; the host's own limit is looked at when the value is put.
static const size_t kMostOutput = (size_t)64 << 20;
static const size_t kPiece = 64 << 10;

// How long stdout and stderr may stay open after the command has ended: what it left running holds them.
enum { kGraceMs = 100 };

static void shut(int* fd)
{
    close(*fd);
    *fd = -1;
}

static int32_t take_out(Exchange* exchange, int* fd, dw_call* call)
{
    if (exchange->out_room - exchange->out_length < kPiece) {
        size_t const room = 2 * exchange->out_room + kPiece;
        char* const grown = realloc(exchange->out, room);
        if (!grown) return dw_fail(call, "out of memory");
        exchange->out = grown;
        exchange->out_room = room;
    }
    ssize_t const got = read(*fd, exchange->out + exchange->out_length, kPiece);
    if (got == 0) shut(fd);
    if (got > 0) exchange->out_length += (size_t)got;
    if (exchange->out_length <= kMostOutput) return DW_OK;
    return dw_fail(call, "the command wrote more than 64 MiB to stdout and was killed: let it write less");
}

// Keeps the end, where the reason of a failure stands.
static void take_err(Exchange* exchange, int* fd)
{
    char piece[sizeof exchange->err / 2];
    ssize_t const got = read(*fd, piece, sizeof piece);
    if (got == 0) shut(fd);
    if (got <= 0) return;
    size_t const length = (size_t)got;
    if (exchange->err_length + length > sizeof exchange->err) {
        size_t const kept = sizeof exchange->err - length;
        memmove(exchange->err, exchange->err + exchange->err_length - kept, kept);
        exchange->err_length = kept;
    }
    memcpy(exchange->err + exchange->err_length, piece, length);
    exchange->err_length += length;
}

// SIGPIPE of a command that does not read its stdin would end this process: it is kept off the thread, and taken away.
static ssize_t write_quietly(int fd, const char* bytes, size_t length)
{
    sigset_t pipe_only, before, waiting;
    struct timespec const none = {0, 0};
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&waiting);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    ssize_t const written = write(fd, bytes, length);
    int const error = errno;
    if (written < 0 && error == EPIPE && !sigismember(&waiting, SIGPIPE)) sigtimedwait(&pipe_only, NULL, &none);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return written;
}

static void feed(const Command* command, uint64_t* fed, int* fd)
{
    if (*fed < command->input_length) {
        ssize_t const written = write_quietly(*fd, command->input + *fed, command->input_length - *fed);
        if (written < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (written > 0) *fed += (uint64_t)written;
        if (written < 0) *fed = command->input_length;  // it reads no more of it, which is its own business
    }
    if (*fed == command->input_length) shut(fd);
}

int32_t exchange(Exchange* exchange, Process* process, const Command* command, dw_call* call)
{
    uint64_t fed = 0;
    int has_ended = 0;
    int const cancel_fd = dw_cancel_fd(call);
    while (!has_ended || process->out >= 0 || process->err >= 0) {
        struct pollfd polled[] = {{cancel_fd, POLLIN, 0},
                                  {process->in, POLLOUT, 0},
                                  {process->out, POLLIN, 0},
                                  {process->err, POLLIN, 0},
                                  {has_ended ? -1 : process->pidfd, POLLIN, 0}};
        int const ready = poll(polled, 5, has_ended ? kGraceMs : 1000);  // a second: should there be no cancel_fd
        if (dw_cancelled(call)) {
            if (process->err >= 0) take_err(exchange, &process->err);  // what came since, for the report
            return DW_CANCELLED;
        }
        if (ready == 0 && has_ended) return DW_OK;
        if (ready <= 0) continue;
        if (polled[1].revents) feed(command, &fed, &process->in);
        if (polled[2].revents && take_out(exchange, &process->out, call) != DW_OK) return DW_ERROR;
        if (polled[3].revents) take_err(exchange, &process->err);
        if (polled[4].revents) has_ended = 1;
    }
    return DW_OK;
}
