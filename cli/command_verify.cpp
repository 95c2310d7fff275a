// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter verify`: is every record of the store whole?
#include <fmt/format.h>

#include "commands.hpp"
#include "places.hpp"
#include "readable.hpp"
#include "terminal.hpp"
#include "verify.hpp"

namespace dumbwaiter {

namespace {

ExitCode fault_of(const Error& error)
{
    complain(error.message);
    return error.code == Code::kDamaged ? ExitCode::kDamage : ExitCode::kStore;
}

ExitCode damage(const VerifyReport& report)
{
    for (const std::string& finding : report.findings) print(finding + "\n");
    if (report.found > report.findings.size()) {
        print(fmt::format("... and {} more\n", report.found - report.findings.size()));
    }
    complain(report.readable
                 ? fmt::format("{}; a host replaces a damaged value when the function runs next",
                               counted(report.found, "fault"))
                 : "the store cannot be read to its end: stop the host, set the folder aside and start anew");
    return ExitCode::kDamage;
}

}  // namespace

ExitCode command_verify(const Options& options)
{
    const auto folder = find_store(options);
    if (!folder) {
        complain(folder.error().message);
        return ExitCode::kUsage;
    }
    const auto report = verify_store(*folder);
    if (!report) return fault_of(report.error());
    if (report->found > 0 || !report->readable) return damage(*report);
    print(fmt::format("{}: good, {}, {}, {}\n", folder->string(), counted(report->names, "name"),
                      counted(report->values, "value"), counted(report->errors, "error report")));
    return ExitCode::kDone;
}

}  // namespace dumbwaiter
