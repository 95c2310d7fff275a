// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter refresh`, `pause`, `resume` and `forget`: what the running host is asked to do with a function.
#include <fmt/format.h>

#include "clock.hpp"
#include "commands.hpp"
#include "field.hpp"
#include "host_answer.hpp"
#include "host_request.hpp"
#include "places.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

namespace {

ExitCode steer(const Options& options, std::string_view command)
{
    const auto answer = ask_running_host(options, host_request(command, options.name));
    return answer.code;
}

}  // namespace

ExitCode command_pause(const Options& options)
{
    return steer(options, "pause");
}

ExitCode command_resume(const Options& options)
{
    return steer(options, "resume");
}

ExitCode command_forget(const Options& options)
{
    return steer(options, "forget");
}

// The new value, shown as `get` shows it.
ExitCode command_refresh(const Options& options)
{
    const ExitCode code = steer(options, "refresh");
    return code == ExitCode::kDone ? command_get(options) : code;
}

}  // namespace dumbwaiter
