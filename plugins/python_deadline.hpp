// SPDX-License-Identifier: BSD-3-Clause
//
// Ends Python code at its deadline: a TimeoutError is raised in it. Code that waits inside C (time.sleep, a socket)
// gets it when it comes back; until then only the end of the process helps, which is the host's. Where it is goes to
// the log.
#pragma once

#include <dumbwaiter/plugin.h>

#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

// One thread for all calls of the process, which runs while there is a member. Any thread.
class DeadlineWatch {
public:
    static DeadlineWatch& get();

    void add_member();
    void remove_member();  // without the interpreter's lock: the last one waits for the thread

    // From construction to destruction the call's Python code is watched. With the interpreter's lock held.
    class Guard {
    public:
        explicit Guard(dw_call* call);
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        std::uint64_t deadline_ns_;
        std::list<struct Watched>::iterator at_;
    };

private:
    void run(unsigned generation);
    void raise_in_late_calls();
    std::vector<std::pair<std::uint64_t, unsigned long>> take_late_calls();  // number and thread of each

    std::mutex mutex_;  // taken after the interpreter's lock, never before it
    std::condition_variable changed_;
    std::list<struct Watched> calls_;
    std::thread thread_;
    std::uint64_t last_number_ = 0;
    int members_ = 0;
    unsigned generation_ = 0;  // of the thread: one that is not of this ends, also while the next begins
};
