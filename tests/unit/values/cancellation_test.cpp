// SPDX-License-Identifier: BSD-3-Clause
//
// cancellation.hpp.
#include "cancellation.hpp"
#include "clock.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>

#include <thread>

using namespace dumbwaiter;

namespace {

constexpr int kAtOnce = 0;
constexpr int kSoon = 10'000;  // ms; only a failing test waits that long
constexpr uint64_t kLongPast = 1;
constexpr uint64_t kFarAway = UINT64_MAX;

bool readable(int fd, int timeout_ms)
{
    pollfd wait{fd, POLLIN, 0};
    return poll(&wait, 1, timeout_ms) == 1 && (wait.revents & POLLIN) != 0;
}

}  // namespace

TEST_CASE("a descriptor turns readable when cancelled, before or after it was made, and stays so")
{
    Cancellation early, late;
    early.cancel();
    CHECK(readable(early.fd(0), kSoon));
    const int fd = late.fd(0);
    CHECK_FALSE(readable(fd, kAtOnce));
    late.cancel();
    CHECK(readable(fd, kSoon));
    CHECK(readable(fd, kAtOnce));
    CHECK(late.fd(0) == fd);
}

TEST_CASE("a descriptor turns readable at the deadline")
{
    Cancellation passed, far;
    CHECK(readable(passed.fd(kLongPast), kSoon));
    CHECK_FALSE(passed.cancelled());
    const int fd = far.fd(kFarAway);
    CHECK_FALSE(readable(fd, kAtOnce));
    far.cancel();
    CHECK(readable(fd, kSoon));
}

TEST_CASE("reset takes the flag down and closes the descriptor")
{
    Cancellation cancellation;
    cancellation.cancel();
    const int fd = cancellation.fd(0);
    REQUIRE(fd >= 0);
    cancellation.reset();
    CHECK_FALSE(cancellation.cancelled());
    CHECK(fcntl(fd, F_GETFD) == -1);
    CHECK_FALSE(readable(cancellation.fd(0), kAtOnce));
}

TEST_CASE("the descriptor is not handed on to programs that are started")
{
    Cancellation cancellation;
    CHECK((fcntl(cancellation.fd(0), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a sleep ends at once when cancelled, from any thread")
{
    Cancellation cancellation;
    bool woken = false;
    std::thread sleeper([&] { woken = cancellation.sleep_until(kFarAway); });
    cancellation.cancel();
    sleeper.join();
    CHECK(woken);
    CHECK(cancellation.sleep_until(kFarAway));
}

TEST_CASE("a sleep to a time that has passed returns without cancellation")
{
    Cancellation cancellation;
    CHECK_FALSE(cancellation.sleep_until(0));
    CHECK_FALSE(cancellation.sleep_until(static_cast<uint64_t>(monotonic_ns())));
}
