// SPDX-License-Identifier: BSD-3-Clause
//
// What a host tells systemd, heard on a socket of the test's own.
#include <doctest/doctest.h>
#include <lmdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

// NOTIFY_SOCKET of what is started while it lives.
class NotifySocket {
public:
    NotifySocket() : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))
    {
        // In no folder, whose path may be too long.
        const std::string name = "dumbwaiter-test-" + std::to_string(getpid());
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        name.copy(address.sun_path + 1, name.size());
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        REQUIRE(bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
        setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    }
    ~NotifySocket()
    {
        unsetenv("NOTIFY_SOCKET");
        unsetenv("WATCHDOG_USEC");
        close(socket_);
    }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    // The next message; "" if there is none within the time.
    std::string next(int milliseconds = 20'000)
    {
        pollfd source{.fd = socket_, .events = POLLIN, .revents = 0};
        if (poll(&source, 1, milliseconds) != 1) return {};
        std::array<char, 4096> text{};
        const ssize_t size = recv(socket_, text.data(), text.size(), 0);
        return {text.data(), static_cast<size_t>(std::max<ssize_t>(size, 0))};
    }

    // Skips what comes before; fails the test if it does not come.
    std::string next_with(std::string_view part)
    {
        std::string message;
        do {
            message = next();
            REQUIRE_MESSAGE(!message.empty(), "no message with " << part);
        } while (!has(message, part));
        return message;
    }

    // Messages with `part` among those that come in the time.
    int count(std::string_view part, std::chrono::milliseconds time)
    {
        const auto end = std::chrono::steady_clock::now() + time;
        int found = 0;
        while (true) {
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
            if (left.count() <= 0) return found;
            if (has(next(static_cast<int>(left.count())), part)) ++found;
        }
    }

private:
    int socket_;
};

// Holds the store's write lock, as a disk that hangs would.
class HeldStore {
public:
    explicit HeldStore(const std::filesystem::path& folder)
    {
        REQUIRE(mdb_env_create(&environment_) == 0);
        REQUIRE(mdb_env_open(environment_, folder.c_str(), 0, 0600) == 0);
        REQUIRE(mdb_txn_begin(environment_, nullptr, 0, &transaction_) == 0);
    }
    ~HeldStore()
    {
        mdb_txn_abort(transaction_);
        mdb_env_close(environment_);
    }
    HeldStore(const HeldStore&) = delete;
    HeldStore& operator=(const HeldStore&) = delete;

private:
    MDB_env* environment_ = nullptr;
    MDB_txn* transaction_ = nullptr;
};

const std::string kTick = entry("tick", "tick.so:tick", "frequency = 0.1");

}  // namespace

TEST_CASE("systemd hears when the host is ready, what it does, and that it stops")
{
    NotifySocket socket;
    World world;
    world.write(kTick);
    const auto host = world.start();
    const std::string ready = socket.next();
    CHECK(has(ready, "READY=1\n"));
    CHECK(has(ready, "STATUS=1 function, "));
    CHECK(world.status()["state"] == "running");
    CHECK(has(socket.next_with(", 0 errors"), "STATUS=1 function, "));
    host->send(SIGTERM);
    CHECK(has(socket.next_with("STOPPING=1"), "STATUS=stopping"));
    CHECK(host->wait() == 0);
}

TEST_CASE("systemd hears of a reload and of its end, also where it is refused")
{
    NotifySocket socket;
    World world;
    world.write(kTick, "watch = false");
    const auto host = world.start();
    socket.next_with("READY=1");
    host->send(SIGHUP);
    CHECK(has(socket.next_with("RELOADING=1"), "MONOTONIC_USEC="));
    CHECK(has(socket.next_with("READY=1"), "STATUS=1 function, "));
    world.write(entry("tick", "tick.so:nothing"), "watch = false");
    host->send(SIGHUP);
    socket.next_with("RELOADING=1");
    CHECK(has(socket.next_with("READY=1"), "STATUS=runs on with what was before: "));
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("without a watchdog none is fed, and a host that nobody listens to runs all the same")
{
    NotifySocket socket;
    World world;
    world.write(kTick);
    const auto host = world.start();
    socket.next_with("READY=1");
    CHECK(socket.count("WATCHDOG=1", std::chrono::milliseconds(1500)) == 0);
    unsetenv("NOTIFY_SOCKET");
    const auto done = world.run({"status"});
    CHECK(done.code == 0);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("what runs in a child finds nothing of the service manager in its environment")
{
    setenv("WATCHDOG_USEC", "60000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    NotifySocket socket;
    World world;
    world.write(entry("told", shipped_plugin("libexec.so").string() + ":run", "args = [\"env\"]"));
    const auto host = world.start();
    socket.next_with("READY=1");
    world.wait_for("told", 1);
    const std::string environment = world.run({"get", "told"}).out;
    CHECK(has(environment, "PATH="));
    CHECK_FALSE(has(environment, "NOTIFY_SOCKET"));
    CHECK_FALSE(has(environment, "WATCHDOG_"));
    host->send(SIGTERM);
    socket.next_with("STOPPING=1");
    CHECK(host->wait() == 0);
    unsetenv("WATCHDOG_PID");
}

TEST_CASE("a host with a wrong manifest never says that it is ready")
{
    NotifySocket socket;
    World world;
    world.write(entry("tick", "tick.so:nothing"));
    const auto host = world.start();
    CHECK(host->wait() == 2);
    CHECK(socket.next(0).empty());
}

TEST_CASE("the watchdog is fed while nothing is due for long, and not while results cannot be committed")
{
    setenv("WATCHDOG_USEC", "1500000", 1);
    NotifySocket socket;
    World world;
    std::unique_ptr<Host> host;
    SUBCASE("nothing is due")
    {
        world.write(entry("tick", "tick.so:tick", "frequency = 3600"));
        host = world.start();
        socket.next_with("READY=1");
        CHECK(socket.count("WATCHDOG=1", std::chrono::milliseconds(4000)) >= 3);
    }
    SUBCASE("the store is held")
    {
        world.write(kTick);
        host = world.start();
        socket.next_with("READY=1");
        socket.next_with("WATCHDOG=1");
        {
            const HeldStore held(world.store());
            host->wait_for_log("the watchdog is not fed");
            socket.count("WATCHDOG=1", std::chrono::milliseconds(600));  // what was said before
            CHECK(socket.count("WATCHDOG=1", std::chrono::milliseconds(2500)) == 0);
        }
        socket.next_with("WATCHDOG=1");
    }
    CHECK(host->stop(SIGTERM) == 0);
}
