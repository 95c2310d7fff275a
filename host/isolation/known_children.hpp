// SPDX-License-Identifier: BSD-3-Clause
//
// The children of a spawner, in memory that it shares with its standby.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <csignal>
#include <new>

namespace dumbwaiter {

// For one process at a time. Those that find no place are not known.
class KnownChildren {
public:
    KnownChildren()
    {
        void* const memory = ::mmap(nullptr, sizeof(Places), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) places_ = new (memory) Places{};
    }
    KnownChildren(const KnownChildren&) = delete;
    KnownChildren& operator=(const KnownChildren&) = delete;

    void add(pid_t pid) { replace(0, pid); }
    void remove(pid_t pid) { replace(pid, 0); }

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
            if (place != from) continue;
            place = to;
            return;
        }
    }

    Places* places_ = nullptr;  // as long as the process lives
};

}  // namespace dumbwaiter
