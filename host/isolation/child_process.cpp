// SPDX-License-Identifier: BSD-3-Clause
#include "child_process.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "clock.hpp"

namespace dumbwaiter {

namespace {

// Ours does not block.
struct Ends {
    Descriptor ours, theirs;
};

std::optional<Ends> ends_of(int made, const int (&ends)[2])
{
    if (made != 0) return std::nullopt;
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return Ends{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::optional<Ends> make_socket()
{
    int ends[2];
    return ends_of(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ends);
}

std::optional<Ends> make_pipe()
{
    int ends[2];
    return ends_of(::pipe2(ends, O_CLOEXEC), ends);
}

}  // namespace

Status ChildProcess::start(Spawner& spawner, uint32_t lane, channel::Memory& memory)
{
    close();
    auto socket = make_socket(), out = make_pipe(), err = make_pipe();
    if (!socket || !out || !err) return failure(Code::kIo, "the system gives no more descriptors");
    Status asked = spawner.start({.lane = lane,
                                  .ticket = ++ticket_,
                                  .layout = memory.layout(),
                                  .memory = memory.descriptor(),
                                  .socket = socket->theirs.number(),
                                  .out = out->theirs.number(),
                                  .err = err->theirs.number()});
    if (!asked) return asked;
    memory.close_descriptor();
    socket_ = std::move(socket->ours);
    output_[0] = std::move(out->ours);
    output_[1] = std::move(err->ours);
    return {};
}

void ChildProcess::has_started(const Spawner::Event& event)
{
    pid_ = event.pid;
    process_ = Descriptor(event.process);
}

void ChildProcess::has_ended()
{
    pid_ = 0;
    process_ = {};
}

void ChildProcess::close()
{
    for (size_t stream = 0; stream < kStreams; ++stream) {
        if (output_[stream].is_open()) read_output(stream);
        if (output_[stream].is_open()) close_output(stream);
    }
    close_socket();
}

void ChildProcess::kill(int number) const
{
    if (process_.is_open()) ::syscall(SYS_pidfd_send_signal, process_.number(), number, nullptr, 0);
}

void ChildProcess::send(const control::Message& message) const
{
    control::send(socket_.number(), message, false);
}

// A library that floods its output has to share the thread: so much at a time.
void ChildProcess::read_output(size_t stream)
{
    char block[64 * 1024];
    ssize_t size = 0;
    for (int i = 0; i < 16 && (size = ::read(output_[stream].number(), block, sizeof block)) > 0; ++i) {
        captured_[stream].feed({block, static_cast<size_t>(size)}, monotonic_ns());
    }
    if (size == 0) close_output(stream);  // it has closed its own
}

// Says what has no end of a line, and how much was dropped: nothing of it is for the next child's lines.
void ChildProcess::close_output(size_t stream)
{
    captured_[stream].finish();
    output_[stream] = {};
}

void ChildProcess::tend(int64_t now)
{
    for (CapturedOutput& captured : captured_) captured.tend(now);
}

}  // namespace dumbwaiter
