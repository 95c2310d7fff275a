// SPDX-License-Identifier: BSD-3-Clause
#include "shared_wait.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "clock.hpp"
#include "event.hpp"
#include "timer.hpp"

using namespace dumbwaiter;

TEST_CASE("what was raised while nobody waited is told to the next who waits, once")
{
    const Event first, second;
    const SharedWait wait;
    wait.add(first.number(), 0);
    wait.add(second.number(), 5);
    first.raise();
    CHECK(wait.wait() == 1);
    second.raise();
    CHECK(wait.wait() == 1u << 5);  // and the first no more, though it is readable still
}

TEST_CASE("an event that is never lowered is told of at each raise")
{
    const Event event;
    const SharedWait wait;
    wait.add(event.number(), 3);
    for (int i = 0; i < 10; ++i) {
        event.raise();
        CHECK(wait.wait() == 1u << 3);
    }
}

TEST_CASE("a timer is told of each time that it expires, though it is never lowered")
{
    const Timer timer(CLOCK_MONOTONIC);
    const SharedWait wait;
    wait.add(timer.number(), 1);
    for (int i = 0; i < 3; ++i) {
        timer.set(monotonic_ns() + kMillisecond);
        CHECK(wait.wait() == 2);
    }
}

TEST_CASE("each raise lets one thread go, until all have gone")
{
    const Event event;
    const SharedWait wait;
    wait.add(event.number(), 0);
    std::atomic<int> gone{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            CHECK(wait.wait() == 1);
            ++gone;
            event.raise();  // for the next one
        });
    }
    event.raise();
    for (std::thread& thread : threads) thread.join();
    CHECK(gone == 4);
}
