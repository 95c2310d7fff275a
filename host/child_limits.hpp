// SPDX-License-Identifier: BSD-3-Clause
//
// What a child process allows itself before it opens its library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "library_spec.hpp"
#include "status.hpp"

namespace dumbwaiter {

// What each limit counts:
// - memory: what the child's own data grows by, from apply() on (RLIMIT_DATA: heap, private mappings that can be
//   written, stacks of threads). Mappings that are shared do not count. Past it, allocation fails: ENOMEM, bad_alloc.
// - open_files: descriptors of the process, those of the child itself included (RLIMIT_NOFILE). Past it: EMFILE.
// - processes: 0 = no process can be started, by anyone, root included; threads stay free (a syscall filter, EPERM).
//   n = so many processes and threads at once besides the host's own threads in the child (RLIMIT_NPROC, EAGAIN). The
//   kernel counts those by user and never for root, so the child gets a count of its own: under root a real uid that no
//   one else has, without CAP_SYS_ADMIN and CAP_SYS_RESOURCE (the effective uid stays, but access(2) and shells, which
//   return to the real uid, see that user); under other users a user namespace. Where neither can be had, apply() says
//   so, and only 0 holds.
// - cpu_seconds: of one invocation, and so no matter of the process: see cpu_timer.hpp.
// - core_dumps: unless asked for there are none, and other processes of the same user cannot look into the child.
// Besides: no new privileges by setuid programs, and two malloc arenas at most.
//
// Soft limits can be raised again by the library if it means to: they stop mistakes. Not thread-safe.
class ChildLimits {
public:
    explicit ChildLimits(const Limits& limits) : limits_(limits) {}

    // While the process has one thread. After an error some limits hold and some do not: leave.
    Status apply();

    // Before the host starts one more thread of its own in the child, with a stack of so many bytes.
    Status add_stack_allowance(uint64_t bytes);

private:
    Limits limits_;
};

// "SIGXCPU: used more than cpu_seconds = 10" for a child that died of a signal which a limit sends; else "".
std::string limit_that_killed(int signal, const Limits& limits);

// The limit that a report's text hints at (" (memory = 256MiB in the manifest)"), to be appended; "" = none.
std::string limit_note(std::string_view report, const Limits& limits);

}  // namespace dumbwaiter
