// SPDX-License-Identifier: BSD-3-Clause
//
// F26, F29: functions that kill their process, in all ways that there are.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <thread>

#include "processes.hpp"
#include "rfc3339.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

constexpr double kPeriod = 0.25;

struct Kind {
    const char *function, *cause;
};

constexpr std::array kFatal = {
    Kind{"crashes.so:segv", "SIGSEGV"},          Kind{"deaths.so:beyond", "SIGBUS"},
    Kind{"deaths.so:divides", "SIGFPE"},         Kind{"deaths.so:trap", "SIG"},
    Kind{"crashes.so:aborts", "SIGABRT"},        Kind{"crashes.so:overflows", "SIGSEGV"},
    Kind{"deaths.so:bad_system_call", "SIGSYS"}, Kind{"crashes.so:killed", "SIGKILL"},
};
constexpr std::array kLeaving = {
    Kind{"crashes.so:exits", "exited with 7"},
    Kind{"crashes.so:leaves", "exited with 0"},
    Kind{"deaths.so:ends_thread", "pthread_exit"},
    Kind{"deaths.so:jumps", "SIG"},
};

int64_t nanoseconds(const Json& time)
{
    return dumbwaiter::parse_rfc3339(time.get<std::string>()).value();
}

// Every kind in children of their own, each once in a host's life, so that no pause and no quarantine comes between.
// A year between due times: none falls into the try by chance.
void write_kinds(World& world, std::span<const Kind> kinds, int of_each)
{
    std::string functions =
        entry("tick", "tick.so:tick", fmt::format("frequency = {}\non_start = \"always\"", kPeriod));
    for (size_t kind = 0; kind < kinds.size(); ++kind) {
        for (int i = 0; i < of_each; ++i) {
            const std::string name = fmt::format("k{}_{}", kind, i);
            functions += entry(name, kinds[kind].function,
                               fmt::format("frequency = 30000000\non_start = \"always\"\ngroup = \"{}\"", name));
        }
    }
    world.write(functions, "durability = \"volatile\"\nworkers = 4");
}

void check_reports(World& world, std::span<const Kind> kinds, int of_each, Row& row, Durations& reports)
{
    for (size_t kind = 0; kind < kinds.size(); ++kind) {
        for (int i = 0; i < of_each; ++i) {
            row.attempt([&] {
                const std::string name = fmt::format("k{}_{}", kind, i);
                world.wait_for_errors(name);
                const auto errors = world.errors(name);
                const Json& report = errors.front();
                CHECK(errors.size() == 1);
                CHECK(report["outcome"] == "crashed");
                CHECK_MESSAGE(has(report["text"], kinds[kind].cause), name << ": " << report["text"]);
                reports.add(static_cast<double>(nanoseconds(report["finished"]) - nanoseconds(report["started"])) /
                            1e6);
            });
        }
    }
}

// Ticks that did not come. The host counts them, and the grid tells.
int64_t missed(World& world, double seconds)
{
    const auto expected = static_cast<int64_t>(seconds / kPeriod) - 1;
    return std::max<int64_t>(expected - static_cast<int64_t>(world.sequence("tick")), 0);
}

void try_kinds(Row& row, std::span<const Kind> kinds, int hosts, int of_each)
{
    Durations reports;
    int64_t ticks = 0, lost = 0;
    for (int i = 0; i < hosts; ++i) {
        World world;
        write_kinds(world, kinds, of_each);
        const auto host = world.start();
        world.wait_for("tick", 1);
        const Stopwatch since;
        check_reports(world, kinds, of_each, row, reports);
        world.wait_for("tick", world.sequence("tick") + 1);
        lost += missed(world, since.ms() / 1000);
        const Json reading = world.reading("tick");
        ticks += reading["sequence"].get<int64_t>();
        CHECK(reading["value"] == reading["sequence"]);  // its static data was never made anew
        CHECK(world.errors("tick").empty());
        CHECK(host->stop(SIGTERM) == 0);
    }
    CHECK(lost <= ticks / 10);
    row.figure(reports.text("begun to reported"));
    row.figure(fmt::format("{} of {} ticks of {} ms missed", lost, ticks, kPeriod * 1000));
}

}  // namespace

TEST_CASE("F26: a fatal fault kills its child, is reported by its cause, and nobody else notices")
{
    Row row("F26", "8 fatal kinds in a plugin");
    try_kinds(row, kFatal, tries(1, 8), tries(4, 25));
}

TEST_CASE("F29: a function that leaves instead of returning is reported, and nobody else notices")
{
    Row row("F29", "exit, _exit, pthread_exit, longjmp");
    try_kinds(row, kLeaving, tries(1, 8), tries(4, 25));
}
