// SPDX-License-Identifier: BSD-3-Clause
//
// The commands of `dumbwaiter`. Each prints its data on stdout and one sentence a fault on stderr.
#pragma once

#include "host.hpp"
#include "options.hpp"

namespace dumbwaiter {

ExitCode command_run(const Options& options);
ExitCode command_check(const Options& options);
ExitCode command_get(const Options& options);
ExitCode command_history(const Options& options);
ExitCode command_errors(const Options& options);
ExitCode command_list(const Options& options);
ExitCode command_status(const Options& options);
ExitCode command_plan(const Options& options);
ExitCode command_inspect(const Options& options);
ExitCode command_verify(const Options& options);
ExitCode command_backup(const Options& options);
ExitCode command_new_plugin(const Options& options);
ExitCode command_refresh(const Options& options);
ExitCode command_pause(const Options& options);
ExitCode command_resume(const Options& options);
ExitCode command_forget(const Options& options);
ExitCode command_reload(const Options& options);
// What a reload would change now, and nothing is changed.
ExitCode command_difference(const Options& options);

}  // namespace dumbwaiter
