// SPDX-License-Identifier: BSD-3-Clause
//
// What was meant by the command line, and what is wrong with it.
#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "command_line.hpp"
#include "option_text.hpp"
#include "suggestion.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

// Options and commands that could have been meant by `word`.
std::vector<std::string> CommandLine::words_like(const std::string& word) const
{
    std::vector<std::string> words;
    const bool is_option = word.starts_with('-');
    if (!is_option) {
        for (const CLI::App* sub : app_.get_subcommands({})) words.push_back(sub->get_name());
        return words;
    }
    std::vector<const CLI::App*> apps = {&app_};
    for (const CLI::App* sub : app_.get_subcommands()) apps.push_back(sub);
    for (const CLI::App* app : apps) {
        for (const CLI::Option* option : app->get_options()) {
            for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
        }
    }
    return words;
}

// An option of a command that stands before it, or at another one; "" if it is no option of any.
std::string CommandLine::misplaced(const std::string& option) const
{
    const auto has = [&](const CLI::App* app) { return app->get_option_no_throw(option) != nullptr; };
    const auto all = app_.get_subcommands({});
    const auto parsed = app_.get_subcommands();
    for (const CLI::App* sub : parsed) {
        if (has(sub))
            return fmt::format("{0} belongs behind its command: `{1} {2} {0}`", option, app_.get_name(),
                               sub->get_name());
    }
    const auto first = std::ranges::find_if(all, has);
    if (first == all.end()) return {};
    return fmt::format("{0} belongs to the command {2}: `{1} {2} {0}`", option, app_.get_name(), (*first)->get_name());
}

std::string CommandLine::fault_of_word(const std::string& word) const
{
    const bool is_option = word.starts_with('-');
    const auto subs = app_.get_subcommands();
    if (!is_option && !subs.empty()) return fmt::format("{} takes no argument \"{}\"", subs.front()->get_name(), word);
    const std::string bare = word.substr(0, word.find('='));
    if (const std::string place = is_option ? misplaced(bare) : ""; !place.empty()) return place;
    std::string said = fmt::format("unknown {} \"{}\"", is_option ? "option" : "command", bare);
    const std::vector<std::string> words = words_like(bare);
    return said + did_you_mean(bare, std::vector<std::string_view>(words.begin(), words.end()));
}

std::string CommandLine::fault(const CLI::ParseError& error) const
{
    const auto unknown = app_.remaining(true);
    if (!unknown.empty()) return fault_of_word(unknown.front());
    const auto subs = app_.get_subcommands();
    if (subs.empty() && !is_run_) return "a command is needed, such as `get NAME` or `run`";
    const std::string said = error.what();
    const std::string subject = said.substr(0, said.find_first_of(": "));
    if (dynamic_cast<const CLI::RequiredError*>(&error) && !subs.empty()) {
        return fmt::format("{0} takes {1}: `{2} {0} {1}`", subs.front()->get_name(), subject, app_.get_name());
    }
    if (!dynamic_cast<const CLI::ArgumentMismatch*>(&error)) return said;
    if (said.find("At Most") != said.npos) return fmt::format("{} is given more than once: give it once", subject);
    return fmt::format("{} takes a value, which is missing", subject);
}

std::optional<std::string> CommandLine::fault_of_values() const
{
    const auto wrong = [](const std::optional<double>& seconds) {
        return seconds && !(std::isfinite(*seconds) && *seconds >= 0 && *seconds <= 1e9);
    };
    if (wrong(options_.wait)) return "--wait takes seconds, 0 or more";
    if (wrong(options_.max_age)) return "--max-age takes seconds, 0 or more";
    if (wrong(options_.stop_after) || options_.stop_after == 0.0) return "--for takes seconds, more than 0";
    if (options_.limit == 0u) return "-n takes a number from 1 on";
    if (options_.store && options_.store->empty()) return "--store takes a folder";
    if (options_.workers && *options_.workers > 1024) return "--workers takes 0 to 1024";
    if (!log_level_by_name(log_level_)) return "--log-level takes debug, info, warning or error";
    if (!log_format_by_name(log_format_)) return "--log-format takes text or json";
    return std::nullopt;
}

bool CommandLine::takes_value(const std::string& word) const
{
    const auto takes = [&](const CLI::App& app) {
        const CLI::Option* option = app.get_option_no_throw(word);
        return option != nullptr && option->get_items_expected_max() > 0;
    };
    return takes(app_) ||
           std::ranges::any_of(app_.get_subcommands({}), [&](const CLI::App* sub) { return takes(*sub); });
}

// The first word that is neither an option nor the value of one; "" if there is none.
std::string CommandLine::command_word() const
{
    for (int i = 1; i < argc_; ++i) {
        const std::string word = argv_[i];
        if (!word.starts_with('-')) return word;
        if (takes_value(word)) ++i;
    }
    return {};
}

bool CommandLine::is_asked(std::string_view short_name, std::string_view long_name) const
{
    for (int i = 1; i < argc_ && std::string_view(argv_[i]) != "--"; ++i) {
        if (argv_[i] == short_name || argv_[i] == long_name) return true;
    }
    return false;
}

std::string CommandLine::help_of(const CLI::App& app) const
{
    return tidied(&app == &app_ ? app.help() : app.help(app_.get_name()));
}

// --help and --version, wherever they stand, and whatever else is missing or wrong but for the command's name.
std::optional<ExitCode> CommandLine::answer() const
{
    const bool wants_help = is_asked("-h", "--help");
    if (!wants_help && !is_asked("-V", "--version")) return std::nullopt;
    const std::string word = command_word();
    const CLI::App* app = &app_;
    for (const CLI::App* sub : app_.get_subcommands({})) {
        if (sub->check_name(word)) app = sub;
    }
    if (app == &app_ && !word.empty()) {
        complain(fault_of_word(word) + hint());
        return ExitCode::kUsage;
    }
    print(wants_help ? help_of(*app) : fmt::format("{}\n", kVersion));
    return ExitCode::kDone;
}

std::string CommandLine::hint() const
{
    const auto subs = app_.get_subcommands();
    return fmt::format(" (`{}{} --help` shows what there is)", app_.get_name(),
                       subs.empty() ? "" : " " + subs.front()->get_name());
}

std::variant<Options, ExitCode> CommandLine::parse()
{
    if (const auto answered = answer()) return *answered;
    try {
        app_.parse(argc_, argv_);
    } catch (const CLI::ParseError& error) {
        complain(fault(error) + hint());
        return ExitCode::kUsage;
    }
    if (const auto wrong = fault_of_values()) {
        complain(*wrong);
        return ExitCode::kUsage;
    }
    options_.log_level = *log_level_by_name(log_level_);
    options_.log_format = *log_format_by_name(log_format_);
    return options_;
}

std::variant<Options, ExitCode> parse_options(int argc, const char* const* argv)
{
    return CommandLine(argc, argv).parse();
}

}  // namespace dumbwaiter
