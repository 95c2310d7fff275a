// SPDX-License-Identifier: BSD-3-Clause
//
// The host from start to end: a manifest's functions, on schedule, into the store.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace dumbwaiter {

// What a command tells its caller by its exit code; the contract's numbers.
enum class ExitCode : int {
    kDone = 0,
    kFailed = 1,  // no such value, or a run failed
    kUsage = 2,   // command line or manifest
    kStore = 3,   // store unavailable or held by another host, or no host is running
    kStale = 4,   // older than asked, and could not be refreshed
    kDamage = 5,  // damage found
    kInterrupted = 130,
};

struct RunOptions {
    std::filesystem::path manifest;
    std::optional<std::filesystem::path> store;  // instead of the manifest's
    std::optional<uint32_t> workers;             // instead of the manifest's
    bool once = false;                           // every enabled function once, then stop
    std::optional<std::chrono::nanoseconds> stop_after;
};

// Runs in the foreground until SIGTERM, SIGINT, the end of `once` or of `stop_after`. Says on stderr what went wrong.
// Call it from a process with one thread; it blocks the signals it handles. As pid 1 and as a subreaper it goes on in a
// child of its own (init_process.hpp).
ExitCode run_host(const RunOptions& options);

// Everything that run_host would check, without running: prints the problems on stderr.
ExitCode check_manifest(const std::filesystem::path& manifest);

}  // namespace dumbwaiter
