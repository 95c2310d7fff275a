// SPDX-License-Identifier: BSD-3-Clause
//
// Waiting of several threads for the same descriptors, where one of them is enough for whatever comes.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "descriptor.hpp"

namespace dumbwaiter {

// Each raise of an Event and each expiry of a Timer wakes one thread that waits, the one that began last, whose caches
// are the warmest; where none waits, the next one that would. They need not be lowered for it: what is readable is not
// told of again, but what is raised or expires anew is. Thread-safe.
class SharedWait {
public:
    SharedWait() : file_(::epoll_create1(EPOLL_CLOEXEC))  // throws std::system_error
    {
        if (!file_.is_open()) fail();
    }

    // `bit`, below 32, stands for it in what wait() gives. The descriptor outlives this.
    void add(int descriptor, uint32_t bit) const
    {
        epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u32 = bit}};
        if (::epoll_ctl(file_.number(), EPOLL_CTL_ADD, descriptor, &event) != 0) fail();
    }

    // The set of those that became readable; empty after a signal.
    uint32_t wait() const
    {
        std::array<epoll_event, 4> events{};
        const int count = ::epoll_wait(file_.number(), events.data(), events.size(), -1);
        uint32_t readable = 0;
        for (int i = 0; i < count; ++i) readable |= 1u << events[static_cast<size_t>(i)].data.u32;
        return readable;
    }

private:
    [[noreturn]] static void fail() { throw std::system_error(errno, std::system_category(), "waiting for events"); }

    Descriptor file_;
};

}  // namespace dumbwaiter
