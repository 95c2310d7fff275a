// SPDX-License-Identifier: BSD-3-Clause
//
// Processes by pid, in memory that those who are forked later share: the children of a spawner, and those who
// serve one.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <new>

namespace dumbwaiter {

// Any process that has it may change it. Those that find no place are not known.
class KnownChildren {
public:
    KnownChildren()
    {
        void* const memory = ::mmap(nullptr, sizeof(Places), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) places_ = new (memory) Places{};
    }
    KnownChildren(const KnownChildren&) = delete;
    KnownChildren& operator=(const KnownChildren&) = delete;

    void add(pid_t pid)
    {
        if (!has(pid)) replace(0, pid);
    }
    void remove(pid_t pid) { replace(pid, 0); }
    void clear()
    {
        if (places_ == nullptr) return;
        for (std::atomic<pid_t>& place : *places_) place = 0;
    }
    bool has(pid_t pid) const
    {
        return places_ != nullptr && std::ranges::any_of(*places_, [pid](const auto& place) { return place == pid; });
    }

    // Their spawner is dead, and they are: what they started in their process groups goes after them.
    void kill_groups()
    {
        if (places_ == nullptr) return;
        for (std::atomic<pid_t>& place : *places_) {
            const pid_t pid = place.exchange(0);
            if (pid > 0) ::kill(-pid, SIGKILL);
        }
    }

private:
    using Places = std::array<std::atomic<pid_t>, 1024>;

    void replace(pid_t from, pid_t to)
    {
        if (places_ == nullptr) return;
        for (std::atomic<pid_t>& place : *places_) {
            pid_t expected = from;
            if (place.compare_exchange_strong(expected, to)) return;
        }
    }

    Places* places_ = nullptr;  // as long as the process lives
};

}  // namespace dumbwaiter
