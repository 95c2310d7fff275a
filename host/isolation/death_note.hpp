// SPDX-License-Identifier: BSD-3-Clause
//
// In a child: who kills it is written down before it dies, where the host finds it.
#pragma once

#include <string>
#include <vector>

#include "channel.hpp"

namespace dumbwaiter {

// Signals that end a process get a handler that notes the thread that caused them, and then end it.
void install_death_notes();
// exit() is noted and then carried out at once, without destructors. Call it when the libraries are loaded: what is
// registered last runs first.
void note_exits();

// The calling thread is this worker from now on: it gets a stack for signal handlers, and notes are written there.
// Lives as long as the thread; when the thread is ended by pthread_exit() the child is ended, with a note.
class NotedThread {
public:
    explicit NotedThread(channel::WorkerPage& page);
    ~NotedThread();
    NotedThread(const NotedThread&) = delete;
    NotedThread& operator=(const NotedThread&) = delete;
};

// Asks a worker's thread where it stands: it writes its stack into its page. False if there is no answer for 50 ms.
bool sample_stack(channel::WorkerPage& page);

// Writes down what is mapped where, so that the host can tell a stack. `names` are those of libraries that the loader
// knows by another name, each with an address in it.
struct NamedCode {
    const void* address;
    std::string name;
};
void note_modules(channel::Front& front, const std::vector<NamedCode>& names);

}  // namespace dumbwaiter
