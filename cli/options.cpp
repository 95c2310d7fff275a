// SPDX-License-Identifier: BSD-3-Clause
//
// The only file that includes CLI11: it takes 5 s to compile.
#include "options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cmath>

#include "suggestion.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

namespace {

constexpr const char* kVersion = "dumbwaiter " DUMBWAITER_VERSION;

constexpr const char* kExamples =
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

constexpr const char* kRunExamples = R"(Runs the manifest's functions in the foreground until SIGTERM or SIGINT.

Examples:
  run_dumbwaiter                              on ./dumbwaiter.toml
  run_dumbwaiter --manifest shop.toml --once  every function once; exit 1 if one failed
  run_dumbwaiter --for 60 --log-format json   for a minute
  run_dumbwaiter get count                    every command of `dumbwaiter` works by this name too
)";

constexpr std::array<std::string_view, 8> kLaterCommands = {"refresh", "pause",  "resume",     "release",
                                                            "reload",  "forget", "new-plugin", "backup"};

// CLI11 would take -1 as 2^64 - 1. Returns what is wrong, as its checks do.
std::string whole_number(const std::string& text)
{
    const bool is_whole = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    return is_whole ? "" : fmt::format("a whole number is wanted, not \"{}\"", text);
}

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
    std::string fault(const CLI::ParseError& error) const;
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
    // Its own, since what a command requires is asked for before the program's flags are looked at.
    made->set_version_flag("-V,--version", kVersion, "print the version and exit");
    made->footer("\nEvery command also takes --manifest FILE, --store DIR and --no-color.");
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
    app.add_option("--for", options_.stop_after, "stop after so many seconds")->type_name("SECONDS");
    app.add_option("--workers", options_.workers, "invocations at once, instead of the manifest's")->type_name("N");
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
    wait->type_name("S");
    get.add_option("--after", options_.after, "with --wait: for a sequence above this one")
        ->type_name("N")
        ->check(whole_number, "")
        ->needs(wait);
    get.add_option("--max-age", options_.max_age, "exit 4 if the value is older than so many seconds")->type_name("S");

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
    for (CLI::App* app : {&history, &errors}) {
        app->add_option("-n", options_.limit, "at most so many")->type_name("N")->check(whole_number, "");
    }
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

std::string CommandLine::fault_of_word(const std::string& word) const
{
    const bool is_option = word.starts_with('-');
    const auto subs = app_.get_subcommands();
    if (!is_option && !subs.empty()) return fmt::format("{} takes no argument \"{}\"", subs.front()->get_name(), word);
    for (const std::string_view later : kLaterCommands) {
        if (word == later) return fmt::format("the command \"{}\" is not supported yet", word);
    }
    const std::string bare = word.substr(0, word.find('='));
    std::string said = fmt::format("unknown {} \"{}\"", is_option ? "option" : "command", bare);
    const std::vector<std::string> words = words_like(bare);
    return said + did_you_mean(bare, std::vector<std::string_view>(words.begin(), words.end()));
}

std::string CommandLine::fault(const CLI::ParseError& error) const
{
    const auto unknown = app_.remaining(true);
    if (!unknown.empty()) return fault_of_word(unknown.front());
    if (app_.get_subcommands().empty() && !is_run_) return "a command is needed, such as `get NAME` or `run`";
    return error.what();
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

std::variant<Options, ExitCode> CommandLine::parse()
{
    try {
        app_.parse(argc_, argv_);
    } catch (const CLI::CallForHelp&) {
        const auto subs = app_.get_subcommands();
        print(subs.empty() ? app_.help() : subs.front()->help());
        return ExitCode::kDone;
    } catch (const CLI::CallForVersion& version) {
        print(fmt::format("{}\n", version.what()));
        return ExitCode::kDone;
    } catch (const CLI::ParseError& error) {
        complain(fmt::format("{} (`{} --help` shows what there is)", fault(error), app_.get_name()));
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
