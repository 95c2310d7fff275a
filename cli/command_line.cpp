// SPDX-License-Identifier: BSD-3-Clause
//
// Every command and option that there is.
#include "command_line.hpp"

#include <memory>

#include "option_text.hpp"

namespace dumbwaiter {

namespace {

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

}  // namespace

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
    command(Command::kCheck, "check", "check the manifest, its libraries and symbols, without running anything")
        .add_flag("--diff", options_.diff, "ask the running host what a reload would change");
    add_read_commands();
    add_steering_commands();
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

// How a value is shown.
void CommandLine::add_shapes(CLI::App& app)
{
    auto* json = app.add_flag("--json", options_.json, "one JSON object: the value and all that is known of it");
    auto* raw = app.add_flag("--raw", options_.raw, "the payload's bytes as they are stored")->excludes(json);
    app.add_flag("--meta", options_.meta, "what is known of the value, for people")->excludes(json)->excludes(raw);
}

void CommandLine::add_read_commands()
{
    CLI::App& get = command(Command::kGet, "get", "newest value of a function");
    get.add_option("NAME", options_.name, "the function")->required();
    add_shapes(get);
    auto* wait = get.add_option("--wait", options_.wait, "wait so many seconds for a first (or newer) value");
    wait->type_name("S")->check(seconds_fault, "");
    get.add_option("--after", options_.after, "with --wait: for a sequence above this one")
        ->type_name("N")
        ->check(whole_number_fault, "")
        ->needs(wait);
    get.add_option("--max-age", options_.max_age, "ask the host for a newer value if it is older than so many seconds")
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
    CLI::App& plan = command(Command::kPlan, "plan", "what will run when, and whether the workers suffice");
    plan.add_option_function<std::string>(
            "--for", [this](const std::string& text) { options_.horizon = duration_seconds(text); },
            "look so far ahead, such as 30m or 1h (the default)")
        ->type_name("TIME")
        ->check(duration_fault, "");
    plan.add_flag("--json", options_.json, "one JSON object");
    limit(plan, "show at most so many of the coming runs");
    CLI::App& list = command(Command::kList, "list", "every function: state, age, last error, next due time");
    CLI::App& status = command(Command::kStatus, "status", "the running host: counters, lateness, long readers");
    for (CLI::App* app : {&history, &errors, &list}) app->add_flag("--json", options_.json, "JSON Lines");
    status.add_flag("--json", options_.json, "one JSON object");
}

void CommandLine::add_steering_commands()
{
    CLI::App& refresh = command(Command::kRefresh, "refresh", "run a function now, and show its new value");
    add_shapes(refresh);
    CLI::App& pause = command(Command::kPause, "pause", "let a function's due times pass, over restarts, until resume");
    CLI::App& resume = command(Command::kResume, "resume", "end a pause, a quarantine or a function's own DW_DISABLE");
    resume.alias("release");
    CLI::App& forget = command(Command::kForget, "forget", "remove all records of a name that left the manifest");
    command(Command::kReload, "reload", "have the running host take over the manifest as it is now")
        .add_flag("--json", options_.json, "one JSON object");
    for (CLI::App* app : {&refresh, &pause, &resume, &forget}) {
        app->add_option("NAME", options_.name, "the function")->required();
    }
}

void CommandLine::add_other_commands()
{
    CLI::App& inspect =
        command(Command::kInspect, "inspect", "functions and serializers of a library, and any fault of its ABI");
    inspect.add_option("LIB", options_.library, "a path, or a name to look for in the plugin folders")->required();
    CLI::App& made = command(Command::kNewPlugin, "new-plugin", "write the project of a new plugin, ready to be built");
    made.add_option("NAME", options_.name, "its folder, and the library's name")->required();
    made.add_option("--lang", options_.language, "c, cpp or rust")->type_name("L");
    command(Command::kVerify, "verify", "check every record of the store; exit 5 if one is damaged");
    command(Command::kBackup, "backup", "copy the store, as it is now, to a new folder")
        .add_option("DEST", options_.copy, "the folder of the copy, which must not be there yet")
        ->required();
}

}  // namespace dumbwaiter
