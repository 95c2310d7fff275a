// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter run` = run_dumbwaiter.
#include <chrono>

#include "commands.hpp"
#include "places.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

ExitCode command_run(const Options& options)
{
    const auto manifest = find_manifest(options);
    if (!manifest) {
        complain(manifest.error().message);
        return ExitCode::kUsage;
    }
    RunOptions run;
    run.manifest = *manifest;
    run.store = options.store;
    run.workers = options.workers;
    run.once = options.once;
    if (options.stop_after) {
        run.stop_after =
            std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(*options.stop_after));
    }
    configure_log(options.log_level, options.log_format);
    return run_host(run);
}

}  // namespace dumbwaiter
