// SPDX-License-Identifier: BSD-3-Clause
//
// What the kernel says of a process (proc_pid_stat(5)).
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace dumbwaiter {

struct ProcessStat {
    char state = '?';         // 'Z': it is dead, and waits for its parent
    int64_t parent = 0;       // pid
    uint64_t start_time = 0;  // clock ticks after boot
};

// None if there is no such process.
inline std::optional<ProcessStat> process_stat(int64_t pid)
{
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string text;
    std::getline(file, text, '\0');
    const size_t name_ends = text.rfind(')');  // the name may hold blanks and parentheses
    if (name_ends == std::string::npos) return std::nullopt;
    std::istringstream fields(text.substr(name_ends + 1));
    ProcessStat stat;
    fields >> stat.state >> stat.parent;
    std::string skipped;
    for (int field = 5; field < 22; ++field) fields >> skipped;
    fields >> stat.start_time;
    return stat;
}

}  // namespace dumbwaiter
