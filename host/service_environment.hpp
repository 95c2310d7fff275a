// SPDX-License-Identifier: BSD-3-Clause
//
// What systemd puts into the environment of the host, and of nobody else.
#pragma once

#include <cstdlib>

namespace dumbwaiter {

// In a child, before it runs code of others: a program that finds NOTIFY_SOCKET would speak as the host. For a process
// with one thread.
inline void leave_service_environment()
{
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
}

}  // namespace dumbwaiter
