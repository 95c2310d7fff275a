// SPDX-License-Identifier: BSD-3-Clause
//
// Where another thread of this process stands.
#pragma once

#include <pthread.h>

#include <string>

namespace dumbwaiter {

// "libx.so+0x1139 <- ...", innermost first; "" if it does not answer within 50 ms. Interrupts what it sleeps in.
// Thread-safe; the thread is alive.
std::string stack_of(pthread_t thread);

}  // namespace dumbwaiter
