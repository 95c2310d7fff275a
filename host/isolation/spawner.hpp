// SPDX-License-Identifier: BSD-3-Clause
//
// A small process with one thread that makes all children and reaps them. It is forked before the host has threads,
// locks or an open store, so that no child inherits any of these. Beside it stands another of the same state, which
// does nothing: if either of the two is killed, the other one goes on, and makes itself a new companion.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "channel.hpp"
#include "descriptor.hpp"
#include "lanes.hpp"
#include "manifest.hpp"
#include "registry.hpp"
#include "status.hpp"

namespace dumbwaiter {

// The host's side. Thread-compatible. When the host ends in whatever way, the spawner kills every child and goes.
class Spawner {
public:
    // Forks: call it while the process has one thread and nothing open that a child must not have. The spawner works
    // with its own copy of what it is given here.
    static Expected<std::shared_ptr<Spawner>> fork_off(Manifest& manifest, const Resolution& resolution,
                                                       const LanePlan& plan);
    // One that a planner becomes, at the other end of this socket.
    static std::shared_ptr<Spawner> take_over(Descriptor socket, std::chrono::milliseconds leave_time = kLeaveTime);
    // Lets it go, and all children with it. Waits for its end, `leave_time` at the most: what a library left behind may
    // be such that it cannot die, and the spawner waits for that.
    ~Spawner();
    Spawner(const Spawner&) = delete;
    Spawner& operator=(const Spawner&) = delete;

    // What the child of `lane` gets. `ticket` comes back with its events.
    struct Start {
        uint32_t lane = 0;
        uint64_t ticket = 0;
        channel::Layout layout;
        int memory = -1, socket = -1, out = -1, err = -1;
    };
    // kBusy: it does not take it now; read its events, and ask again.
    Status start(const Start& start);
    // Forks a planner (planner.hpp) for this manifest, at the other end of `socket`.
    Status plan(const std::filesystem::path& manifest, int socket);

    // Lets it go without waiting; after that only has_left() and the destructor are called, which then waits no more
    // once it has left.
    void let_go() { socket_ = {}; }
    bool has_left();

    struct Event {
        // kRenewed: the process was killed, and all children with it; another one has taken its place.
        // kAlone: nobody can be made who would do so; that is tried again and again, until kAccompanied.
        enum class Kind : uint32_t { kStarted, kEnded, kNotStarted, kRenewed, kAlone, kAccompanied } kind{};
        uint32_t lane = 0;
        uint64_t ticket = 0;
        pid_t pid = 0;
        int status = 0;    // of kEnded: as by waitpid; of kNotStarted and kAlone: errno
        int process = -1;  // of kStarted: a pidfd, the receiver's to close
    };
    // What happened since, without waiting; `gone` if it is dead, and nobody took its place. On the thread that calls
    // start().
    std::vector<Event> events(bool& gone);
    int descriptor() const { return socket_.number(); }  // readable when there are events
    pid_t pid() const { return pid_; }                   // 0: not a child of this process

private:
    static constexpr std::chrono::milliseconds kLeaveTime{2000};

    Spawner(pid_t pid, Descriptor socket, std::chrono::milliseconds leave_time)
        : leave_time_(leave_time), pid_(pid), socket_(std::move(socket))
    {}

    void note_spawner(Event& event);

    const std::chrono::milliseconds leave_time_;
    pid_t pid_;  // 0: not a child of this process
    Descriptor socket_;
    Descriptor successor_;     // pidfd of the one that took over last
    uint64_t generation_ = 0;  // how often one did
};

}  // namespace dumbwaiter
