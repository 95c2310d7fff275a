// SPDX-License-Identifier: BSD-3-Clause
//
// The command line as plain data. CLI11 stays in options.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "host.hpp"
#include "log.hpp"

namespace dumbwaiter {

enum class Command {
    kRun,
    kCheck,
    kGet,
    kHistory,
    kErrors,
    kList,
    kStatus,
    kInspect,
    kVerify,
    kBackup,
    kRefresh,
    kPause,
    kResume,
    kForget,
    kReload,
    kPlan,
    kNewPlugin
};

struct Options {
    Command command = Command::kRun;
    std::optional<std::filesystem::path> manifest, store;  // as given; places.hpp finds the rest
    bool no_color = false;
    bool json = false;

    std::string name;                            // get, history; errors: "" = every function
    bool raw = false, meta = false;              // get
    std::optional<double> wait, max_age;         // get, seconds
    uint64_t after = 0;                          // get --wait
    std::vector<std::filesystem::path> plugins;  // get, history: folders of serializer plugins
    std::optional<uint64_t> limit;               // history, errors, plan
    std::optional<double> horizon;               // plan, seconds

    std::string language = "c";  // new-plugin

    std::string library;  // inspect: a path, or a name to look for in the plugin folders

    std::filesystem::path copy;  // backup: the folder to be made

    bool diff = false;  // check: what a reload would change

    bool once = false;                 // run, and the three below
    std::optional<double> stop_after;  // seconds
    std::optional<uint32_t> workers;
    LogLevel log_level = LogLevel::kInfo;
    LogFormat log_format = LogFormat::kText;
};

// The options, or the exit code when there is nothing left to do: --help and --version are on stdout by then, what is
// wrong with the command line on stderr.
std::variant<Options, ExitCode> parse_options(int argc, const char* const* argv);

}  // namespace dumbwaiter
