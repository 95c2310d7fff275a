// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter check`: is the manifest right, and is everything there that it names?
#include "commands.hpp"
#include "places.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

ExitCode command_check(const Options& options)
{
    const auto manifest = find_manifest(options);
    if (!manifest) {
        complain(manifest.error().message);
        return ExitCode::kUsage;
    }
    return options.diff ? command_difference(options) : check_manifest(*manifest);
}

}  // namespace dumbwaiter
