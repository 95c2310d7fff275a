// SPDX-License-Identifier: BSD-3-Clause
//
// The only file that includes CLI11: it takes 5 s to compile.
#include "options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "option_text.hpp"
#include "suggestion.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

namespace {

constexpr const char* kVersion = "dumbwaiter " DUMBWAITER_VERSION;

constexpr std::array<std::string_view, 8> kLaterCommands = {"refresh", "pause",  "resume",     "release",
                                                            "reload",  "forget", "new-plugin", "backup"};

// CLI11's help without its notes on what excludes what, for which its columns are too narrow.
class HelpText : public CLI::Formatter {
    std::string make_option_opts(const CLI::Option* option) const override
    {
        const bool has_value = option->nonpositional() && option->get_items_expected_max() > 0;
        return has_value ? " " + option->get_type_name() : "";
    }
    std::string make_option_name(const CLI::Option* option, bool is_positional) const override
    {
        std::string name = CLI::Formatter::make_option_name(option, is_positional);
        if (const size_t comma = name.find(','); comma != name.npos) name.insert(comma + 1, " ");
        return name;
    }
};

// CLI11's words for a wrong command line, as one sentence that says what to do.
class CommandLine {
public:
    CommandLine(int argc, const char* const* argv);
    std::variant<Options, ExitCode> parse();

private:
    CLI::App& command(Command command, const std::string& name, const std::string& summary);
    void add_shared_options();
    void add_run_options(CLI::App& app);
    void add_read_commands();
    void add_other_commands();
    std::string command_word() const;
    bool takes_value(const std::string& word) const;
    bool is_asked(std::string_view short_name, std::string_view long_name) const;
    std::optional<ExitCode> answer() const;
    std::string hint() const;
    std::string help_of(const CLI::App& app) const;
    std::string fault(const CLI::ParseError& error) const;
    std::string misplaced(const std::string& option) const;
    std::string fault_of_word(const std::string& word) const;
    std::vector<std::string> words_like(const std::string& word) const;
    std::optional<std::string> fault_of_values() const;

    int argc_;
    const char* const* argv_;
    bool is_run_;  // called as run_dumbwaiter
    Options options_;
    std::string log_level_ = "info", log_format_ = "text";
    CLI::App app_;
};

CommandLine::CommandLine(int argc, const char* const* argv) : argc_(argc), argv_(argv)
{
    const std::string name = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "dumbwaiter";
    is_run_ = name == "run_dumbwaiter";
    app_.name(is_run_ ? "run_dumbwaiter" : "dumbwaiter");
    app_.description(is_run_ ? kRunExamples : kExamples);
    app_.formatter(std::make_shared<HelpText>());
    app_.fallthrough();  // options may follow the command; has to stand before the commands are made
    app_.require_subcommand(is_run_ ? 0 : 1, 1);
    app_.set_version_flag("-V,--version", kVersion, "print the version and exit");
    app_.set_help_flag("-h,--help", "print this help and exit");
    add_shared_options();
    if (is_run_) add_run_options(app_);
    add_run_options(command(Command::kRun, "run", "run the host in the foreground (run_dumbwaiter)"));
    command(Command::kCheck, "check", "check the manifest, its libraries and symbols, without running anything");
    add_read_commands();
    add_other_commands();
}

CLI::App& CommandLine::command(Command command, const std::string& name, const std::string& summary)
{
    CLI::App* made = app_.add_subcommand(name, summary);
    made->parse_complete_callback([this, command] { options_.command = command; });
    // Its own, so that its help lists it: answer() sees to it before anything is parsed.
    made->set_version_flag("-V,--version", kVersion, "print the version and exit");
    made->footer("Every command also takes --manifest FILE, --store DIR and --no-color.");
    return *made;
}

void CommandLine::add_shared_options()
{
    app_.add_option("--manifest", options_.manifest,
                    "the manifest (else $DUMBWAITER_MANIFEST, ./dumbwaiter.toml, the user's, /etc)")
        ->type_name("FILE");
    app_.add_option("--store", options_.store,
                    "the store's folder (else $DUMBWAITER_STORE for readers, the manifest's)")
        ->type_name("DIR");
    app_.add_flag("--no-color", options_.no_color, "no colour, also by NO_COLOR");
}

void CommandLine::add_run_options(CLI::App& app)
{
    app.add_flag("--once", options_.once, "run every enabled function once, then stop; exit 1 if one failed");
    app.add_option("--for", options_.stop_after, "stop after so many seconds")
        ->type_name("SECONDS")
        ->check(seconds_fault, "");
    app.add_option("--workers", options_.workers, "invocations at once, instead of the manifest's")
        ->type_name("N")
        ->check(whole_number_fault, "");
    app.add_option("--log-level", log_level_, "debug, info, warning or error")->type_name("L");
    app.add_option("--log-format", log_format_, "text or json")->type_name("F");
}

void CommandLine::add_read_commands()
{
    CLI::App& get = command(Command::kGet, "get", "newest value of a function");
    get.add_option("NAME", options_.name, "the function")->required();
    auto* json = get.add_flag("--json", options_.json, "one JSON object: the value and all that is known of it");
    auto* raw = get.add_flag("--raw", options_.raw, "the payload's bytes as they are stored")->excludes(json);
    get.add_flag("--meta", options_.meta, "what is known of the value, for people")->excludes(json)->excludes(raw);
    auto* wait = get.add_option("--wait", options_.wait, "wait so many seconds for a first (or newer) value");
    wait->type_name("S")->check(seconds_fault, "");
    get.add_option("--after", options_.after, "with --wait: for a sequence above this one")
        ->type_name("N")
        ->check(whole_number_fault, "")
        ->needs(wait);
    get.add_option("--max-age", options_.max_age, "exit 4 if the value is older than so many seconds")
        ->type_name("S")
        ->check(seconds_fault, "");

    CLI::App& history = command(Command::kHistory, "history", "values of a function, newest first");
    history.add_option("NAME", options_.name, "the function")->required();
    CLI::App& errors = command(Command::kErrors, "errors", "error reports of a function or of all, newest first");
    errors.add_option("NAME", options_.name, "the function; all of them without it");
    for (CLI::App* app : {&get, &history}) {
        app->add_option("--plugins", options_.plugins, "load serializer plugins from this folder too")
            ->type_name("DIR")
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    const auto limit = [&](CLI::App& app, const char* summary) {
        app.add_option("-n", options_.limit, summary)->type_name("N")->check(whole_number_fault, "");
    };
    limit(history, "at most so many");
    limit(errors, "at most so many, of all functions together");
    CLI::App& list = command(Command::kList, "list", "every function: state, age, last error, next due time");
    CLI::App& status = command(Command::kStatus, "status", "the running host: counters, lateness, long readers");
    for (CLI::App* app : {&history, &errors, &list}) app->add_flag("--json", options_.json, "JSON Lines");
    status.add_flag("--json", options_.json, "one JSON object");
}

void CommandLine::add_other_commands()
{
    CLI::App& inspect =
        command(Command::kInspect, "inspect", "functions and serializers of a library, and any fault of its ABI");
    inspect.add_option("LIB", options_.library, "a path, or a name to look for in the plugin folders")->required();
    command(Command::kVerify, "verify", "check every record of the store; exit 5 if one is damaged");
}

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
    for (const std::string_view later : kLaterCommands) {
        if (word == later) return fmt::format("the command \"{}\" is not supported yet", word);
    }
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
    if (options_.workers && (*options_.workers < 1 || *options_.workers > 1024)) return "--workers takes 1 to 1024";
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
        if (sub->get_name() == word) app = sub;
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

}  // namespace

std::variant<Options, ExitCode> parse_options(int argc, const char* const* argv)
{
    return CommandLine(argc, argv).parse();
}

}  // namespace dumbwaiter
