// SPDX-License-Identifier: BSD-3-Clause
//
// F28: a child that does not go, whatever is sent to it.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <optional>

#include "processes.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

// As the system tells it: the host's own word is as old as its heartbeat, and a child of a function that hangs lives
// for less than a second.
std::optional<int> child_of(World& world, const std::string& library)
{
    for (const int pid : named(world.root(), "dumbwaiter-job")) {
        if (has(read_file(fmt::format("/proc/{}/maps", pid)), "memfd:" + library)) return pid;
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("F28: a child that cannot die gives its slot to others, and the host leaves without it")
{
    Row row("F28", "a child that cannot die");
    Durations ends, ticks;
    for (int i = 0; i < tries(2, 10); ++i) {
        World world;
        world.write(entry("stays", "hangs.so:forever", "frequency = 0.5\non_start = \"always\"\ntimeout = 0.3") +
                        entry("beside", "tick.so:sequence", "frequency = 0.2\non_start = \"always\""),
                    "durability = \"volatile\"\nworkers = 1\nshutdown_grace = 0.5");
        const auto host = world.start();
        host->wait_for_log("running");
        std::optional<int> pid;
        until([&] { return (pid = child_of(world, "hangs.so")).has_value(); }, "there is no child");
        Immortal traced(*pid);
        if (!traced.fault().empty()) return row.skip(traced.fault());
        row.attempt([&] {
            // Past its timeout, SIGTERM and SIGKILL: the only worker serves others all the same.
            const Stopwatch since;
            while (since.ms() < 2500) {
                const Stopwatch tick;
                world.wait_for("beside", world.sequence("beside") + 1);
                if (since.ms() > 1200) ticks.add(tick.ms());
            }
            const Stopwatch end;
            CHECK(host->stop(SIGTERM) == 0);
            ends.add(end.ms());
            CHECK(end.ms() < 6000);
        });
        traced.let_die();
        until(
            [&] {
                waitpid(-1, nullptr, WNOHANG);
                return kill(*pid, 0) != 0;
            },
            "it is there for ever");
    }
    row.figure(ends.text("host ends after"));
    row.figure(ticks.text("another function's tick of 200 ms comes after"));
}
