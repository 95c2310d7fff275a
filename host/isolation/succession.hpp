// SPDX-License-Identifier: BSD-3-Clause
//
// Who makes the children of a spawner, and who stands by for it: two processes of the same state, of which the other
// one goes on when either is killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <utility>

#include "descriptor.hpp"
#include "known_children.hpp"
#include "spawner.hpp"

namespace dumbwaiter {

// The standby is the parent of the one that makes the children where it can be, as what that one leaves is then handed
// on to it, in whatever session. One that was killed is replaced by a child, until that one's turn comes.
class Succession {
public:
    // `socket` is that to the host, `deaths` a signalfd of SIGCHLD. `posts` are those who stand by or make children, of
    // all spawners: they may be handed on to each other, and are let live. `children` are those of this spawner.
    struct Parts {
        int socket, deaths;
        KnownChildren& posts;
        KnownChildren& children;
        std::function<void(const Spawner::Event&)> tell;
    };
    explicit Succession(Parts parts) : parts_(std::move(parts)) {}

    // Comes back in the process that is to make children, whenever there is a new one. Whoever calls it stands by.
    void take_post();
    // Now and then, of who makes children: looks for the standby. True in a process whose turn has come.
    bool tend();
    // For poll(): readable when the standby above is dead; and when a standby is to be tried again.
    int above() const { return above_.number(); }
    int next_look() const;
    void note_death(pid_t pid);
    bool is_standby(pid_t pid) const { return pid == below_; }
    uint64_t generation() const { return generation_; }  // how often one took over

private:
    void stand_above(pid_t spawner);
    bool bury(pid_t spawner);
    bool make_standby_below();
    void stand_below(int spawner);
    void be_alone(int why);
    void be_accompanied();

    const Parts parts_;
    Descriptor above_;  // pidfd of the standby that is this process's parent
    pid_t above_pid_ = 0;
    pid_t below_ = -1;         // the standby that is its child
    bool lost_above_ = false;  // and the host was not told yet
    uint64_t generation_ = 0, told_ = 0;
    int64_t next_try_ = 0, pause_ = kFirstPause;  // while there is no standby; CLOCK_MONOTONIC

    static constexpr int64_t kFirstPause = 100'000'000;
};

}  // namespace dumbwaiter
