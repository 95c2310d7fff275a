// SPDX-License-Identifier: BSD-3-Clause
//
// How a host with code of others in it ends.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace dumbwaiter {

// Static destructors of libraries in the host are never run: threads that they left behind still use what these
// destroy. Called whenever libraries were opened, so that it comes before their own.
inline void leave_without_destructors()
{
    const auto leave = [](int code, void*) {
        std::fflush(nullptr);
        _exit(code);
    };
    on_exit(leave, nullptr);
}

}  // namespace dumbwaiter
