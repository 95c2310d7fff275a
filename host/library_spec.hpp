// SPDX-License-Identifier: BSD-3-Clause
//
// What the manifest says of a library as a whole: where it runs, whom it is taken from, and what it may use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "position.hpp"

namespace dumbwaiter {

enum class Isolation {
    kProcess,  // in a child process of its own
    kThread,   // inside the host
};

enum class Trust {
    kOwner,  // files of root and of the host's user only
    kAny,
};

// What a library may use. All but result_size holds in child processes only; nullopt = no limit. What each of them
// counts is said in child_limits.hpp.
struct Limits {
    std::optional<uint64_t> memory;  // bytes
    std::optional<uint64_t> open_files;
    std::optional<uint64_t> processes;  // 0 = may start none
    std::optional<uint64_t> cpu_seconds;
    uint64_t result_size = 1 << 20;  // bytes
    bool core_dumps = false;
    bool operator==(const Limits&) const = default;
};

// What a library may reach. The lists say what it may reach besides what every program needs to run.
struct Sandbox {
    bool strict = false;
    std::vector<std::filesystem::path> read;   // files and folders, with all below them; absolute
    std::vector<std::filesystem::path> write;  // these may be read too
    bool network = false;
    bool processes = false;  // may start programs
    Position at;             // the `sandbox` that says so
};

// [library."x.so"], with what it does not say taken from [limits] and [dumbwaiter].
struct LibrarySpec {
    std::string name;  // as that of a FunctionSpec: "x.so", or an absolute path
    Position at;
    std::optional<Isolation> isolation;
    Position at_isolation;
    std::optional<std::string> group;
    Position at_group;
    std::optional<Trust> trust;
    std::optional<std::string> sha256;  // 64 digits, in lower case
    Position at_sha256;
    Limits limits;
    Position at_limit;  // the first key of its own that limits a child process; line 0 = none
    Sandbox sandbox;
};

}  // namespace dumbwaiter
