// SPDX-License-Identifier: BSD-3-Clause
//
// The spawner, when more is asked of it than it can do at once.
#include "spawner.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace dumbwaiter;

namespace {

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

constexpr uint64_t kMany = 20'000;

}  // namespace

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
