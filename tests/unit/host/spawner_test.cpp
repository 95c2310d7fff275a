// SPDX-License-Identifier: BSD-3-Clause
//
// The spawner, when more is asked of it than it can do at once, or than the system gives.
#include "spawner.hpp"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "child_scene.hpp"

using namespace dumbwaiter;

namespace {

// What the system refuses, to all processes that are forked later; those of the test alone are made.
struct Refusals {
    std::atomic<bool> forks = false;
    std::atomic<int> refused = 0;
    const pid_t tester = ::getpid();
};

Refusals& refusals()
{
    static Refusals* const shared =
        new (::mmap(nullptr, sizeof(Refusals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Refusals;
    return *shared;
}

// A spawner for one library, whose children are given nothing and so end at once.
struct Scene {
    Manifest manifest =
        parse_manifest(fmt::format("[functions.f]\nfunction = \"{}/echo.so:echo\"\n", TEST_PLUGINS_DIR), "scene", "/")
            .manifest;
    Resolution resolution = resolve(manifest);
    std::shared_ptr<Spawner> spawner =
        Spawner::fork_off(manifest, resolution, plan_lanes(manifest, resolution)).value();
    const Descriptor nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};

    Status start(uint64_t ticket)
    {
        const int number = nothing.number();
        return spawner->start({.lane = 1,
                               .ticket = ticket,
                               .layout = channel::Layout::of(1, 1024),
                               .memory = number,
                               .socket = number,
                               .out = number,
                               .err = number});
    }
};

// What is written to stderr while it lives.
class CapturedErrors {
public:
    CapturedErrors() { ::dup2(file_.number(), 2); }
    ~CapturedErrors() { ::dup2(before_.number(), 2); }
    CapturedErrors(const CapturedErrors&) = delete;
    CapturedErrors& operator=(const CapturedErrors&) = delete;

    std::string text() const
    {
        std::string all(1 << 16, '\0');
        const ssize_t size = ::pread(file_.number(), all.data(), all.size(), 0);
        all.resize(size < 0 ? 0 : static_cast<size_t>(size));
        return all;
    }
    size_t count(std::string_view part) const
    {
        const std::string all = text();
        size_t found = 0;
        for (size_t at = all.find(part); at != all.npos; at = all.find(part, at + 1)) ++found;
        return found;
    }

private:
    const Descriptor before_{::dup(2)}, file_{::memfd_create("log", MFD_CLOEXEC)};
};

constexpr uint64_t kMany = 20'000;

// The next event that is of this kind; those before it are counted.
std::optional<Spawner::Event> next(Spawner& spawner, Spawner::Event::Kind kind, int& others)
{
    bool gone = false;
    for (int tenths = 0; tenths < 300 && !gone; ++tenths) {
        std::optional<Spawner::Event> found;
        for (const Spawner::Event& event : spawner.events(gone)) {
            if (event.process >= 0) ::close(event.process);
            if (event.kind == kind && !found) {
                found = event;
            } else {
                ++others;
            }
        }
        if (found) return found;
        pollfd source{spawner.descriptor(), POLLIN, 0};
        ::poll(&source, 1, 100);
    }
    return std::nullopt;
}

}  // namespace

// In the place of libc's.
extern "C" pid_t fork()
{
    if (refusals().forks && ::getpid() != refusals().tester) {
        ++refusals().refused;
        errno = EAGAIN;
        return -1;
    }
    static const auto real = reinterpret_cast<pid_t (*)()>(::dlsym(RTLD_NEXT, "fork"));
    return real();
}

TEST_CASE("a spawner whose events nobody reads makes nobody wait who asks for more children, and does all in the end")
{
    Scene scene;
    REQUIRE(scene.spawner->pid() > 0);
    uint64_t asked = 0;
    Code refusal{};
    std::atomic<bool> came_back = false;
    // What would wait for ever is let go by the spawner's end.
    std::thread asker([&] {
        while (asked < kMany) {
            if (const Status status = scene.start(asked); !status) {
                refusal = status.error().code;
                break;
            }
            ++asked;
        }
        came_back = true;
    });
    for (int tenths = 0; tenths < 300 && !came_back; ++tenths) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    CHECK_MESSAGE(came_back, "whoever asks waits for the spawner, which waits for its events to be read");
    if (!came_back) ::kill(scene.spawner->pid(), SIGKILL);
    asker.join();
    REQUIRE(asked < kMany);
    CHECK(refusal == Code::kBusy);
    uint64_t started = 0, ended = 0;
    bool gone = false;
    for (int tenths = 0; tenths < 600 && ended < asked && !gone;) {
        const auto events = scene.spawner->events(gone);
        for (const Spawner::Event& event : events) {
            started += event.kind == Spawner::Event::Kind::kStarted;
            ended += event.kind == Spawner::Event::Kind::kEnded;
            if (event.process >= 0) ::close(event.process);
        }
        if (!events.empty()) continue;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        ++tenths;
    }
    CHECK_FALSE(gone);
    CHECK(started == asked);
    CHECK(ended == asked);
    CHECK(scene.start(asked).has_value());
}

TEST_CASE("a spawner for which no standby can be made says so once, and tries again until there is one")
{
    using Kind = Spawner::Event::Kind;
    refusals().refused = 0;
    refusals().forks = true;
    Scene scene;
    int others = 0;
    const auto alone = next(*scene.spawner, Kind::kAlone, others);
    REQUIRE(alone);
    CHECK(alone->status == EAGAIN);
    for (int tenths = 0; tenths < 300 && refusals().refused < 4; ++tenths) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    CHECK(refusals().refused >= 4);
    refusals().forks = false;
    CHECK(next(*scene.spawner, Kind::kAccompanied, others));
    ::kill(scene.spawner->pid(), SIGKILL);
    CHECK(next(*scene.spawner, Kind::kRenewed, others));
    CHECK(others == 0);
}

TEST_CASE("the log says once that no standby can be made, and once that there is one again")
{
    refusals().refused = 0;
    refusals().forks = true;
    const CapturedErrors log;
    test::ChildScene scene(fmt::format("[functions.f]\nfunction = \"{}/echo.so:echo\"\n", TEST_PLUGINS_DIR), "/",
                           {.slots = 1}, [](const Job&, Returned&&) {});
    const auto until = [](const auto& holds) {
        for (int tenths = 0; tenths < 300 && !holds(); ++tenths) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return holds();
    };
    CHECK(until([] { return refusals().refused >= 4; }));
    refusals().forks = false;
    CHECK(until([&] { return log.count("stands by again") == 1; }));
    CHECK(log.count("no process can be made") == 1);
    CHECK(log.count("Resource temporarily unavailable") == 1);
}
