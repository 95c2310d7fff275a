// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter`, and `run_dumbwaiter`, which is the same program.
#include <unistd.h>

#include <csignal>

#include "commands.hpp"
#include "options.hpp"
#include "standard_descriptors.hpp"
#include "terminal.hpp"

namespace {

using namespace dumbwaiter;

ExitCode run_command(const Options& options)
{
    switch (options.command) {
        case Command::kRun: return command_run(options);
        case Command::kCheck: return command_check(options);
        case Command::kGet: return command_get(options);
        case Command::kHistory: return command_history(options);
        case Command::kErrors: return command_errors(options);
        case Command::kList: return command_list(options);
        case Command::kStatus: return command_status(options);
        case Command::kInspect: return command_inspect(options);
        case Command::kVerify: return command_verify(options);
        case Command::kBackup: return command_backup(options);
        case Command::kNewPlugin: return command_new_plugin(options);
        case Command::kRefresh: return command_refresh(options);
        case Command::kPause: return command_pause(options);
        case Command::kResume: return command_resume(options);
        case Command::kPlan: return command_plan(options);
        case Command::kForget: return command_forget(options);
        case Command::kReload: return command_reload(options);
    }
    return ExitCode::kUsage;
}

// Unless it is to be ignored, as by a shell's background job. The host has ways of its own.
void end_when_interrupted()
{
    const auto leave = [](int) { _exit(static_cast<int>(ExitCode::kInterrupted)); };
    if (std::signal(SIGINT, leave) == SIG_IGN) std::signal(SIGINT, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv)
{
    reserve_standard_descriptors();
    // `dumbwaiter history x | head -1` is no failure: print() sees the closed pipe and the command ends.
    std::signal(SIGPIPE, SIG_IGN);
    const auto parsed = parse_options(argc, argv);
    if (const auto* code = std::get_if<ExitCode>(&parsed)) return static_cast<int>(finish_output(*code));
    const Options& options = std::get<Options>(parsed);
    if (options.command != Command::kRun) end_when_interrupted();
    return static_cast<int>(finish_output(run_command(options)));
}
