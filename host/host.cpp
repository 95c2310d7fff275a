// SPDX-License-Identifier: BSD-3-Clause
#include "host.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstdio>
#include <system_error>
#include <utility>

#include "log.hpp"
#include "manifest.hpp"
#include "registry.hpp"
#include "isolation/lanes.hpp"
#include "isolation/spawner.hpp"
#include "running_host.hpp"
#include "serializer_numbers.hpp"
#include "signals.hpp"
#include "store.hpp"
#include "trust.hpp"

namespace dumbwaiter {

namespace {

// Started with 0, 1 or 2 closed, the store's files would land there, and every print in them.
void reserve_standard_descriptors()
{
    int descriptor = open("/dev/null", O_RDWR);
    while (descriptor >= 0 && descriptor <= 2) descriptor = open("/dev/null", O_RDWR);
    if (descriptor > 2) close(descriptor);
}

// Where stderr cannot be written the exit code still tells; fmt::print would throw.
void say(const std::string& text)
{
    std::fputs(text.c_str(), stderr);
}

ExitCode tell(const std::filesystem::path& file, const std::vector<Problem>& problems)
{
    say(format_problems(file, problems));
    return ExitCode::kUsage;
}

ExitCode tell_store(const std::filesystem::path& folder, const Error& error)
{
    say(fmt::format("{}: {}\n", folder.string(), error.message));
    return error.code == Code::kDamaged ? ExitCode::kDamage : ExitCode::kStore;
}

// The manifest and where its code is, or all that is wrong with it.
struct Checked {
    Manifest manifest;
    Resolution resolution;
    std::vector<Problem> problems;
};

Checked check(const std::filesystem::path& file)
{
    ManifestReading reading = load_manifest(file, trust_of_environment());
    Checked checked{.manifest = std::move(reading.manifest), .resolution = {}, .problems = std::move(reading.problems)};
    checked.resolution = resolve(checked.manifest);
    auto& found = checked.resolution.problems;
    checked.problems.insert(checked.problems.end(), found.begin(), found.end());
    return checked;
}

ExitCode run_checked(Checked& checked, Signals& signals, const RunOptions& options)
{
    const Settings& settings = checked.manifest.settings;
    // Before the store opens and any thread starts, so that no child inherits a lock, a map or half a thread's state.
    const LanePlan plan = plan_lanes(checked.manifest, checked.resolution);
    std::unique_ptr<Spawner> spawner;
    if (!plan.children.empty()) {
        auto forked = Spawner::fork_off(checked.manifest, checked.resolution, plan);
        if (!forked) {
            say(fmt::format("the host cannot start: {}\n", forked.error().message));
            return ExitCode::kFailed;
        }
        spawner = std::move(*forked);
    }
    auto store = Store::open(settings.store, {.durability = settings.durability, .group = settings.store_group});
    if (!store) return tell_store(settings.store, store.error());
    const auto in_host = [](const FunctionSpec& spec, size_t) { return spec.isolation == Isolation::kThread; };
    Registry registry = open_registry(checked.manifest, checked.resolution, in_host);
    if (!registry.problems.empty()) return tell(checked.manifest.file, registry.problems);
    if (const Status given = give_out_numbers(checked.manifest, checked.resolution, registry, **store); !given) {
        return tell_store(settings.store, given.error());
    }
    try {
        RunningHost host(checked.manifest, plan, registry, **store, spawner.get(), signals, options);
        if (const Status started = host.start(); !started) return tell_store(settings.store, started.error());
        return host.run();
    } catch (const std::system_error& error) {
        say(fmt::format("the host cannot start: {}\n", error.what()));
        return ExitCode::kFailed;
    }
}

}  // namespace

ExitCode run_host(const RunOptions& options)
{
    reserve_standard_descriptors();
    auto signals = Signals::take();
    if (!signals) {
        say(signals.error().message + "\n");
        return ExitCode::kFailed;
    }
    Checked checked = check(options.manifest);
    if (!checked.problems.empty()) return tell(checked.manifest.file, checked.problems);
    for (const std::string& warning : checked.resolution.warnings) log(LogLevel::kWarning, "trust", warning);
    if (options.store) checked.manifest.settings.store = *options.store;
    return run_checked(checked, *signals, options);
}

ExitCode check_manifest(const std::filesystem::path& manifest)
{
    reserve_standard_descriptors();
    const Checked checked = check(manifest);
    if (!checked.problems.empty()) return tell(checked.manifest.file, checked.problems);
    for (const std::string& warning : checked.resolution.warnings) say(warning + "\n");
    fmt::print("{}: good, {} functions\n", manifest.string(), checked.manifest.functions.size());
    return ExitCode::kDone;
}

}  // namespace dumbwaiter
