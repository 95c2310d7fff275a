// SPDX-License-Identifier: BSD-3-Clause
#include "host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include "autoload_faults.hpp"
#include "descriptor_limit.hpp"
#include "init_process.hpp"
#include "isolation/lanes.hpp"
#include "isolation/spawner.hpp"
#include "leaving.hpp"
#include "log.hpp"
#include "manifest_check.hpp"
#include "plural.hpp"
#include "running_host.hpp"
#include "secret_output.hpp"
#include "serializer_numbers.hpp"
#include "signals.hpp"
#include "spare_memory.hpp"
#include "store.hpp"

namespace dumbwaiter {

namespace {

// Where stderr cannot be written the exit code still tells; fmt::print would throw.
void say(const std::string& text)
{
    std::fputs(text.c_str(), stderr);
}

ExitCode tell(const Manifest& manifest, const std::vector<Problem>& problems)
{
    say(format_problems(manifest.file, problems, manifest.parts));
    return ExitCode::kUsage;
}

ExitCode tell_store(const std::filesystem::path& folder, const Error& error)
{
    const bool is_named = error.message.find(folder.string()) != std::string::npos;
    say(fmt::format("dumbwaiter: {}{}\n", is_named ? "" : folder.string() + ": ", error.message));
    return error.code == Code::kDamaged ? ExitCode::kDamage : ExitCode::kStore;
}

ExitCode run_checked(Checked& checked, Signals& signals, const RunOptions& options)
{
    const Settings& settings = checked.manifest.settings;
    keep_out_of_output(checked.manifest);
    // Before the store opens and any thread starts, so that no child inherits a lock, a map or half a thread's state.
    LanePlan lanes = plan_lanes(checked.manifest, checked.resolution);
    auto spawner = Spawner::fork_off(checked.manifest, checked.resolution, lanes);
    if (!spawner) {
        say(fmt::format("dumbwaiter: the host cannot start: {}\n", spawner.error().message));
        return ExitCode::kFailed;
    }
    auto store = Store::open(settings.store, {.durability = settings.durability, .group = settings.store_group});
    if (!store) return tell_store(settings.store, store.error());
    const auto in_host = [](const FunctionSpec& spec, size_t) { return spec.runs_in_host(); };
    Registry registry = open_registry(checked.manifest, checked.resolution, in_host);
    if (!registry.problems.empty()) return tell(checked.manifest, registry.problems);
    if (std::ranges::any_of(checked.manifest.functions, &FunctionSpec::runs_in_host)) leave_without_destructors();
    if (const Status given = give_out_numbers(checked.manifest, checked.resolution, registry, **store); !given) {
        return tell_store(settings.store, given.error());
    }
    try {
        RunningHost host({.manifest = checked.manifest,
                          .resolution = checked.resolution,
                          .lanes = std::move(lanes),
                          .registry = registry,
                          .store = **store,
                          .spawner = std::move(*spawner),
                          .autoload_faults = {checked.manifest, checked.manifest.full_path(), checked.autoload.faults},
                          .hung = std::move(checked.autoload.hung)},
                         signals, options);
        if (const Status started = host.start(); !started) return tell_store(settings.store, started.error());
        return host.run();
    } catch (const std::system_error& error) {
        say(fmt::format("dumbwaiter: the host cannot start: {}\n", error.what()));
        return ExitCode::kFailed;
    }
}

// While libraries were tried: nothing runs yet that could be drained.
bool was_interrupted(Signals& signals)
{
    for (int number = signals.wait(0); number != 0; number = signals.wait(0)) {
        if (number == SIGHUP) continue;
        say("dumbwaiter: interrupted before anything ran\n");
        return true;
    }
    return false;
}

}  // namespace

ExitCode run_host(const RunOptions& options)
{
    const auto is_below_init = put_init_before_host();
    if (!is_below_init) {
        say(fmt::format("dumbwaiter: the host cannot start: {}\n", is_below_init.error().message));
        return ExitCode::kFailed;
    }
    raise_descriptor_limit();
    auto signals = Signals::take(*is_below_init);
    if (!signals) {
        say(fmt::format("dumbwaiter: {}\n", signals.error().message));
        return ExitCode::kFailed;
    }
    std::error_code error;
    std::optional<std::filesystem::path> store;
    if (options.store) store = std::filesystem::absolute(*options.store, error);
    Checked checked = check(options.manifest);
    if (was_interrupted(*signals)) return ExitCode::kInterrupted;
    if (!checked.problems.empty()) return tell(checked.manifest, checked.problems);
    for (const std::string& warning : checked.resolution.warnings) log(LogLevel::kWarning, "trust", warning);
    const AutoloadFaults autoload(checked.manifest, checked.manifest.file, checked.autoload.faults);
    for (const std::string& line : autoload.lines()) log(LogLevel::kWarning, "autoload", line);
    if (store) checked.manifest.settings.store = error ? *options.store : *store;
    checked.text = {};  // it is for those who send it on
    give_back_spare_memory();
    if (options.workers && !checked.manifest.settings.threaded) {
        log(LogLevel::kWarning, "host", "--workers is ignored: the manifest says threaded = false");
    }
    return run_checked(checked, *signals, options);
}

ExitCode check_manifest(const std::filesystem::path& manifest)
{
    const Checked checked = check(manifest);
    if (!checked.problems.empty()) return tell(checked.manifest, checked.problems);
    for (const std::string& warning : checked.resolution.warnings)
        say(fmt::format("dumbwaiter: warning: {}\n", warning));
    const AutoloadFaults autoload(checked.manifest, checked.manifest.file, checked.autoload.faults);
    for (const std::string& line : autoload.lines()) say(fmt::format("dumbwaiter: warning: autoload: {}\n", line));
    fmt::print("{}: good, {}\n", manifest.string(), number_of(checked.manifest.functions.size(), "function"));
    return ExitCode::kDone;
}

}  // namespace dumbwaiter
