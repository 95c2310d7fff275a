// SPDX-License-Identifier: BSD-3-Clause
//
// F05: the host is stopped for a while. Readers go on, and what was missed is not made up for.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <thread>

#include "clock.hpp"
#include "rfc3339.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

constexpr int kFunctions = 8;

std::string name_of(int function)
{
    return fmt::format("f{}", function);
}

std::string now()
{
    return dumbwaiter::rfc3339(dumbwaiter::wall_ns());
}

// RFC 3339 in UTC with nanoseconds sorts as text.
size_t due_between(const std::vector<Json>& history, const std::string& from, const std::string& to)
{
    size_t count = 0;
    for (const Json& one : history) {
        const std::string due = one["due"];
        count += from < due && due < to;
    }
    return count;
}

}  // namespace

TEST_CASE("F05: a host that was stopped runs each function at most once for what it missed")
{
    Row row("F05", "SIGSTOP of the host, then SIGCONT");
    const int seconds = tries(1, 5);
    World world;
    std::string functions;
    for (int i = 0; i < kFunctions; ++i) {
        functions += entry(name_of(i), "tick.so:sequence", "frequency = 0.1\nmax_saved = 1000");
    }
    world.write(functions, "durability = \"volatile\"");
    const auto host = world.start();
    for (int i = 0; i < kFunctions; ++i) world.wait_for(name_of(i), 3);
    Durations reads, resumes;
    size_t most = 0;
    for (int round = 0; round < tries(2, 6); ++round) {
        host->send(SIGSTOP);
        const std::string from = now();
        const uint64_t before = world.sequence("f0");
        for (const Stopwatch stopped; stopped.ms() < seconds * 1000;) {
            const Stopwatch read;
            CHECK(world.sequence("f0") == before);
            reads.add(read.ms());
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        const std::string to = now();
        const Stopwatch resumed;
        host->send(SIGCONT);
        world.wait_for("f0", before + 1);
        resumes.add(resumed.ms());
        for (int i = 0; i < kFunctions; ++i) {
            row.attempt([&] {
                world.wait_for(name_of(i), world.sequence(name_of(i)) + 3);
                const size_t caught_up = due_between(world.history(name_of(i)), from, to);
                CHECK(caught_up <= 1);
                most = std::max(most, caught_up);
            });
        }
    }
    CHECK(host->stop(SIGTERM) == 0);
    row.figure(fmt::format("stopped {} s each, at most {} runs for it", seconds, most));
    row.figure(resumes.text("next result after"));
    row.figure(reads.text("reads meanwhile (a process each)"));
}
