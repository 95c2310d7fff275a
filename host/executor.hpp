// SPDX-License-Identifier: BSD-3-Clause
//
// The seam behind which functions run, on threads of the host or in children behind a channel. Jobs go in and what they
// left comes back, both as plain data.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "record.hpp"
#include "schedule.hpp"

namespace dumbwaiter {

// One invocation to be made.
struct Job {
    FunctionId id = 0;
    uint32_t attempt = 0;
    int64_t due = 0;        // CLOCK_BOOTTIME
    int64_t due_wall = 0;   // Unix nanoseconds
    uint64_t sequence = 0;  // the one that its value will get
    bool anew = false;      // destroy and create the function's state first
    bool again = false;     // it died along with another function's invocation, and runs once more without a report
};

// What an invocation left.
struct Returned {
    int32_t code = 0;                // what `run` returned; DW_ERROR when it did not return by itself
    Outcome outcome = Outcome::kOk;  // what became of it: kOk also for DW_UNCHANGED
    bool lost_value = false;         // a value was returned, and could not be stored
    bool killed_child = false;       // its child died of it
    bool still_runs = false;         // a report before its end, which comes later with:
    bool was_reported = false;       // it has come home; there is nothing to be stored
    uint8_t serializer = 0;
    int64_t started = 0, finished = 0;  // Unix nanoseconds
    int64_t late = 0;                   // started - due, on CLOCK_BOOTTIME
    std::string media_type;
    std::string bytes;  // payload, or the text of the error report
};

// An invocation that has run for so long that its slot goes to another, or past its timeout.
struct Stuck {
    FunctionId id;
    int64_t running_ns;
};

// One child process, as `status` tells of it.
struct ChildFacts {
    std::string name;  // of its library or group
    int pid = 0;       // 0: there is none now
    uint64_t restarts = 0;
    bool is_away = false;  // it died too often while it was loaded, and is left alone for a while
};

class Executor {
public:
    // Called once for each job that was started, on the thread that ran it or one of the executor's.
    using OnReturn = std::function<void(const Job&, Returned&&)>;

    virtual ~Executor() = default;
    // Where `shares`, part of them may be left to the calling thread, which spares waking another: then it gives true,
    // and the caller calls run_share() as soon as it holds nothing that a function's end could wait for.
    virtual bool submit(std::span<const Job> jobs, bool shares) = 0;
    virtual void run_share() {}
    // Drops the jobs that did not start and cancels those that run; no job may be submitted any more.
    virtual void cancel() = 0;
    // Waits until nothing runs, until CLOCK_MONOTONIC `until` at the latest; false if something still does. Then the
    // executor must not be destroyed.
    virtual bool drained(int64_t until) = 0;
    virtual uint32_t running() const = 0;
    virtual std::vector<Stuck> stuck() const = 0;
    virtual uint32_t lost_threads() const { return 0; }
    virtual std::vector<ChildFacts> children() const { return {}; }
};

}  // namespace dumbwaiter
