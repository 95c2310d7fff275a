// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter reload` and `dumbwaiter check --diff`.
#include <fmt/format.h>

#include <cstdio>

#include "commands.hpp"
#include "field.hpp"
#include "host_answer.hpp"
#include "host_request.hpp"
#include "readable.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

namespace {

// "+ name", one a line.
std::string names(const Field& answer, const char* key, std::string_view sign, Color color, bool with_color)
{
    std::string text;
    for (const Field& name : answer[key].elements()) {
        const std::string line = fmt::format("{} {}", sign, name.text().value_or("?"));
        text += (with_color ? paint(line, color) : line) + "\n";
    }
    return text;
}

std::string what_changes(const Field& answer, bool with_color)
{
    return names(answer, "started", "+", Color::kGreen, with_color) +
           names(answer, "stopped", "-", Color::kRed, with_color) +
           names(answer, "changed", "~", Color::kYellow, with_color);
}

// Those that stood before are told by status.
void tell_warnings(const Field& answer)
{
    for (const Field& warning : answer["warnings"].elements()) {
        complain("warning: " + warning.text().value_or("?"));
    }
    const int64_t standing = answer["standing"].integer().value_or(0);
    if (standing <= 0) return;
    complain(fmt::format("{} of [autoload] {} as before: `dumbwaiter status` has {}",
                         counted(static_cast<uint64_t>(standing), "warning"), standing == 1 ? "stands" : "stand",
                         standing == 1 ? "it" : "them"));
}

ExitCode ask(const Options& options, bool is_dry)
{
    const HostAnswer answer = ask_running_host(options, reload_request(is_dry));
    const Field fields(answer.fields);
    if (const auto problems = fields["problems"].text()) {
        std::fputs(problems->c_str(), stderr);
        return ExitCode::kUsage;
    }
    if (answer.code != ExitCode::kDone) return answer.code;
    tell_warnings(fields);
    // The rest is taken over all the same.
    const auto refused = fields["refused"].text();
    if (refused) {
        std::fputs(refused->c_str(), stderr);
        complain("what ran of it before runs on; nothing else is held up by that");
    }
    const ExitCode code = refused ? ExitCode::kFailed : ExitCode::kDone;
    if (options.json) {
        print(fields.json() + "\n");
        return code;
    }
    const std::string text = what_changes(fields, wants_color(options.no_color));
    print(text.empty() ? "nothing changes\n" : text);
    return code;
}

}  // namespace

ExitCode command_reload(const Options& options)
{
    return ask(options, false);
}

ExitCode command_difference(const Options& options)
{
    return ask(options, true);
}

}  // namespace dumbwaiter
