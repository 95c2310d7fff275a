// SPDX-License-Identifier: BSD-3-Clause
//
// Signals at moments when the host does something else than waiting for them.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <chrono>

#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("a host whose library hangs while it is tried leaves at once when it is asked to, and takes the trial along")
{
    for (const int signal : {SIGTERM, SIGINT}) {
        World world;
        world.write("[functions]\na = \"hanging_constructor.so:whisper\"\n");
        const auto host = world.start();
        const std::string children = fmt::format("/proc/{0}/task/{0}/children", host->pid());
        until([&] { return !read_file(children).empty(); }, "no library is tried");
        const pid_t child = std::stoi(read_file(children));
        const auto before = std::chrono::steady_clock::now();
        CHECK(host->stop(signal) == 130);
        CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
        CHECK(kill(child, 0) == -1);
        CHECK(has(host->log(), "interrupted before anything ran"));
    }
}

TEST_CASE("while --for ends the host, the first signal is the first and the second leaves at once")
{
    for (const bool twice : {false, true}) {
        World world;
        world.write(entry("slow", "hangs.so:stubbornly", "on_start = \"always\""),
                    twice ? "shutdown_grace = 60" : "shutdown_grace = 1");
        const auto host = world.start({"--for", "0.5"});
        host->wait_for_log("stopping");
        host->send(SIGINT);
        if (!twice) {
            CHECK(host->wait() == 0);
            CHECK_FALSE(has(host->log(), "a second time"));
            continue;
        }
        // The two must not become one: the host looks every 20 ms.
        until(
            [&] {
                if (host->is_running()) host->send(SIGINT);
                return !host->is_running();
            },
            "the host does not leave");
        CHECK(host->wait() == 130);
    }
}
