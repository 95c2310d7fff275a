// SPDX-License-Identifier: BSD-3-Clause
//
// Asking the host that runs on a command's store, and what its answer means for the exit code.
#pragma once

#include <string_view>

#include "document.hpp"
#include "options.hpp"

namespace dumbwaiter {

struct HostAnswer {
    ExitCode code = ExitCode::kDone;  // unless kDone, the reason has been said
    Document fields;                  // empty where there was no answer
};

// Waits for as long as the host does. No host: kStore.
HostAnswer ask_running_host(const Options& options, std::string_view request);

}  // namespace dumbwaiter
