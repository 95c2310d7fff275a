// SPDX-License-Identifier: BSD-3-Clause
//
// Waking a thread that polls.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "descriptor.hpp"

namespace dumbwaiter {

class Event {
public:
    Event() : file_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))  // throws std::system_error
    {
        if (!file_.is_open()) throw std::system_error(errno, std::system_category(), "making an event");
    }

    int number() const { return file_.number(); }  // readable from raise() to lower()
    void raise() const                             // thread-safe
    {
        const uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = ::write(number(), &one, sizeof one);
    }
    void lower() const
    {
        uint64_t count = 0;
        [[maybe_unused]] const ssize_t drained = ::read(number(), &count, sizeof count);
    }

private:
    Descriptor file_;
};

}  // namespace dumbwaiter
