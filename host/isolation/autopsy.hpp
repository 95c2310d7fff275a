// SPDX-License-Identifier: BSD-3-Clause
//
// A child is dead: which of the invocations that ran in it is to blame, and what becomes of each. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channel.hpp"
#include "record.hpp"

namespace dumbwaiter {

// An invocation that ran when its child died.
struct Victim {
    channel::Cause cause = channel::Cause::kNone;  // what its thread wrote down
    int number = 0;                                // signal or exit code
    uint64_t address = 0;
    std::string stack;       // "libx.so+0x1139 <- ...", or ""
    bool timed_out = false;  // the host ended the child because of it
    int64_t timeout_ns = 0;
    bool again = false;  // it has died along with another before
};

struct Finding {
    enum class Fate {
        kReport,   // its report is `text`
        kAgain,    // it runs once more, and nothing is said
        kDropped,  // the host stops
    } fate = Fate::kAgain;
    Outcome outcome = Outcome::kCrashed;
    std::string text;
    bool is_to_blame = false;  // counts towards its quarantine
};

struct Death {
    int status = 0;             // as by waitpid
    bool stopping = false;      // the host ended it because it stops itself
    bool with_spawner = false;  // somebody killed the process that made it
};

// findings[i] belongs to victims[i].
std::vector<Finding> autopsy(std::span<const Victim> victims, const Death& death);

// "SIGSEGV", "exited with 7": how a process ended.
std::string cause_of(int status);

// The function at an offset of a module; "" if that is not known.
using NameFrame = std::function<std::string(std::string_view module, uint64_t offset)>;

// Frames as "module+0xoffset (function)", innermost first, without those of the signal handler.
std::string describe_stack(std::span<const uint64_t> frames, std::span<const channel::Module> modules,
                           const NameFrame& name_frame = {});

}  // namespace dumbwaiter
