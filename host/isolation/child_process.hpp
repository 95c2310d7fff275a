// SPDX-License-Identifier: BSD-3-Clause
//
// The process behind a lane: the host's ends of what connects them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "captured_output.hpp"
#include "channel.hpp"
#include "control.hpp"
#include "descriptor.hpp"
#include "spawner.hpp"
#include "status.hpp"

namespace dumbwaiter {

// One after another, under the same lane. Its descriptors are opened, read and closed by one thread, the supervisor's;
// kill() and send() may come from others, under the lane's lock, as those that close.
class ChildProcess {
public:
    static constexpr size_t kStreams = 2;  // stdout, stderr

    explicit ChildProcess(const std::string& name)
        : captured_{logged_output(name, "stdout"), logged_output(name, "stderr")}
    {}

    // Asks for a new one; the last one's descriptors are closed.
    Status start(Spawner& spawner, uint32_t lane, channel::Memory& memory);
    // Is it this one that the event speaks of?
    bool is_meant_by(const Spawner::Event& event) const { return event.ticket == ticket_; }
    void has_started(const Spawner::Event& event);
    void has_ended();
    // Reads what it still had to say, and closes what connects it.
    void close();

    pid_t pid() const { return pid_; }  // 0: there is none
    void kill(int number) const;        // if there is one
    void send(const control::Message& message) const;

    int socket() const { return socket_.number(); }  // to poll; negative: closed
    int output(size_t stream) const { return output_[stream].number(); }
    std::optional<control::Message> receive(bool& gone) const { return control::receive(socket_.number(), gone); }
    void close_socket() { socket_ = {}; }
    void read_output(size_t stream);
    void tend(int64_t now);

private:
    void close_output(size_t stream);

    uint64_t ticket_ = 0;
    pid_t pid_ = 0;
    Descriptor process_, socket_;
    std::array<Descriptor, kStreams> output_;
    std::array<CapturedOutput, kStreams> captured_;
};

}  // namespace dumbwaiter
