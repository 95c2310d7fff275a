// SPDX-License-Identifier: BSD-3-Clause
//
// What a host costs that has nothing to do.
#include <doctest/doctest.h>
#include <signal.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

// How often threads of a process went to sleep so far.
int64_t naps_of(pid_t pid)
{
    int64_t naps = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        const std::string status = read_file(task.path() / "status");
        constexpr std::string_view kKey = "\nvoluntary_ctxt_switches:\t";
        const size_t at = status.find(kKey);
        if (at == std::string::npos) continue;
        int64_t of_thread = 0;
        std::from_chars(status.data() + at + kKey.size(), status.data() + status.size(), of_thread);
        naps += of_thread;
    }
    return naps;
}

}  // namespace

TEST_CASE("a host that has nothing to do sleeps from one heartbeat to the next")
{
    for (const char* isolation : {"isolation = \"process\"", "isolation = \"thread\""}) {
        CAPTURE(isolation);
        World world;
        world.write(entry("tick", "tick.so:tick", "frequency = 86400"),
                    std::string("durability = \"volatile\"\n") + isolation);
        const auto host = world.start();
        world.wait_for("tick", 1);
        std::this_thread::sleep_for(std::chrono::seconds(2));  // what came of its start is over
        const int64_t naps = naps_of(host->pid());
        const auto begin = std::chrono::steady_clock::now();
        std::this_thread::sleep_for(std::chrono::seconds(3));
        const int64_t slept = naps_of(host->pid()) - naps;
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
        // The main thread's and the supervisor's, and the writer's for the heartbeat itself.
        CHECK(static_cast<double>(slept) <= 5 * (seconds.count() + 1));
        CHECK(host->stop(SIGTERM) == 0);
    }
}
