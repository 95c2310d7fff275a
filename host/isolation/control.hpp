// SPDX-License-Identifier: BSD-3-Clause
//
// Short messages between the host and a child, over a socket that keeps their bounds: what is too rare for the shared
// memory, or has no place in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dumbwaiter::control {

inline constexpr size_t kMostText = 64 * 1024;

enum class Kind : uint32_t {
    // to the child
    kAddWorker = 1,  // worker
    kCancel = 2,     // everything that runs, or is begun from now on
    kStack = 3,      // worker: where does it stand?
    kEnd = 4,        // nothing runs: end the functions' states, and go
    // to the host
    kReady = 16,
    kFailed = 17,    // text: why the library cannot be used
    kNoThread = 18,  // worker, text: the system gives none
    kStands = 19,    // worker: its stack is in its page
    kLog = 20,       // number: level, name, text
};

struct Message {
    Kind kind{};
    uint32_t worker = 0, number = 0;
    std::string name, text;
};

// False if the other end is gone. Waits while the other end is slow, unless told not to; what cannot be sent then is
// dropped.
bool send(int socket, const Message& message, bool may_wait = true);

// Waits for one unless the socket does not block. None: nothing there (`gone` false), or never again.
std::optional<Message> receive(int socket, bool& gone);

}  // namespace dumbwaiter::control
