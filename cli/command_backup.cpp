// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter backup`: a copy of the store beside its running host.
#include "backup.hpp"

#include <fmt/format.h>

#include "commands.hpp"
#include "places.hpp"
#include "readable.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

namespace {

ExitCode fault_of(const Error& error)
{
    complain(error.message);
    switch (error.code) {
        case Code::kInvalidArgument: return ExitCode::kUsage;
        case Code::kDamaged: return ExitCode::kDamage;
        default: return ExitCode::kStore;
    }
}

}  // namespace

ExitCode command_backup(const Options& options)
{
    const auto folder = find_store(options);
    if (!folder) {
        complain(folder.error().message);
        return ExitCode::kUsage;
    }
    const auto report = back_up_store(*folder, options.copy);
    if (!report) return fault_of(report.error());
    print(fmt::format("{}: complete, {}, {}, {}\n", options.copy.string(), counted(report->names, "name"),
                      counted(report->values, "value"), counted(report->errors, "error report")));
    return ExitCode::kDone;
}

}  // namespace dumbwaiter
