// SPDX-License-Identifier: BSD-3-Clause
#include "option_text.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

namespace dumbwaiter {

namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to)
{
    for (size_t at = text.find(from); at != text.npos; at = text.find(from)) text.replace(at, from.size(), to);
}

}  // namespace

const char* const kExamples =
    R"(Runs functions out of shared objects on schedules and keeps their newest values for any process to read.

Examples:
  run_dumbwaiter                          run the host on ./dumbwaiter.toml
  dumbwaiter check                        is the manifest right?
  dumbwaiter get count                    newest value of `count`
  dumbwaiter get count --wait 5           ... or the first one within 5 s
  dumbwaiter history count -n 3 --json    the last three, as JSON Lines
  dumbwaiter list                         every function: state, age, last error
  dumbwaiter inspect libproc.so           functions of a library
)";

const char* const kRunExamples = R"(Runs the manifest's functions in the foreground until SIGTERM or SIGINT.

Examples:
  run_dumbwaiter                              on ./dumbwaiter.toml
  run_dumbwaiter --manifest shop.toml --once  every function once; exit 1 if one failed
  run_dumbwaiter --for 60 --log-format json   for a minute
  run_dumbwaiter get count                    every command of `dumbwaiter` works by this name too
)";

std::string whole_number_fault(const std::string& text)
{
    const bool is_whole = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    return is_whole ? "" : fmt::format("a whole number is wanted, not \"{}\"", text);
}

std::string seconds_fault(const std::string& text)
{
    char* end = nullptr;
    (void)std::strtod(text.c_str(), &end);
    const bool is_number = !text.empty() && *end == '\0' && static_cast<unsigned char>(text[0]) > ' ';
    return is_number ? "" : fmt::format("seconds are wanted, such as 60 or 0.5, not \"{}\"", text);
}

std::optional<double> duration_seconds(const std::string& text)
{
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || static_cast<unsigned char>(text[0]) <= ' ') return std::nullopt;
    const std::string_view unit(end);
    const double scale = unit.empty() || unit == "s" ? 1
                         : unit == "m"               ? 60
                         : unit == "h"               ? 3600
                         : unit == "d"               ? 86400
                                                     : 0;
    const double seconds = number * scale;
    if (!(seconds > 0 && seconds <= 366.0 * 86400)) return std::nullopt;
    return seconds;
}

std::string duration_fault(const std::string& text)
{
    if (duration_seconds(text)) return "";
    return fmt::format("a time is wanted, such as 90s, 30m, 1h or 2d, not \"{}\"", text);
}

std::string tidied(std::string help)
{
    if (const size_t usage = help.find("\nUsage:"); usage != help.npos) help.insert(usage, "\n");
    replace_all(help, "\n\n\n", "\n\n");
    while (help.ends_with("\n\n")) help.pop_back();
    return help;
}

}  // namespace dumbwaiter
