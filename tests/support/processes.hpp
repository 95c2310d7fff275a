// SPDX-License-Identifier: BSD-3-Clause
//
// The processes of this machine, as /proc tells of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace dumbwaiter::test {

struct Process {
    int pid, parent;
    char state;  // as in /proc/PID/stat: Z = zombie
};

std::vector<Process> processes();
std::set<int> family(int root);  // all below `root` that live
// Those that live, work in that folder and are called so: of one host, whoever their parents are by now.
std::set<int> named(const std::filesystem::path& folder, const std::string& name);
bool any_lives(const std::set<int>& pids);  // a zombie does not
bool any_is_there(const std::set<int>& pids);
uint64_t resident_bytes(int pid);
uint64_t own_bytes(int pid);            // without what is mapped from files or shared
uint64_t most_resident_bytes(int pid);  // ever

// A process that cannot die as long as this lives: it is traced, and its end stays with the tracer, who does not look.
class Immortal {
public:
    explicit Immortal(int pid);
    ~Immortal() { let_die(); }
    Immortal(const Immortal&) = delete;
    Immortal& operator=(const Immortal&) = delete;

    // Empty, or why this process may not trace it.
    const std::string& fault() const { return fault_; }
    void let_die();

private:
    int pid_;  // 0: it is let go
    std::string fault_;
};

}  // namespace dumbwaiter::test
