// SPDX-License-Identifier: BSD-3-Clause
//
// A lane with a real child, at moments that a running host meets seldom.
#include "child_scene.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

using namespace dumbwaiter;

namespace {

std::string entry(const std::string& name, const std::string& function, const std::string& more = "")
{
    return fmt::format("[functions.{}]\nfunction = \"{}/{}\"\n{}\n", name, TEST_PLUGINS_DIR, function, more);
}

// What came home, in its order.
struct Home {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::pair<FunctionId, Returned>> all;

    void take(const Job& job, Returned&& returned)
    {
        const std::lock_guard lock(mutex);
        all.emplace_back(job.id, std::move(returned));
        changed.notify_all();
    }
    void wait(size_t count)
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return all.size() >= count; });
    }
};

}  // namespace

TEST_CASE("while the report of a dead child is delivered, nobody looks at what ran in it as if it still did")
{
    Home home;
    std::function<void()> then;
    const auto slowly = [&](const Job& job, Returned&& returned) {
        // Several looks of the supervisor, which come each 20 ms while something is out.
        if (job.id == 0) then();
        home.take(job, std::move(returned));
    };
    // One slot, which an invocation gives back after 400 ms. The dead one must not, there is none any more.
    test::ChildScene scene(entry("bad", "crashes.so:segv", "timeout = 30") + entry("good", "tick.so:tick"), "/",
                           {.slots = 1, .patience_ns = 400 * kMillisecond}, slowly);
    then = [&] {
        scene.submit({1});
        std::this_thread::sleep_for(std::chrono::milliseconds(1000));
    };
    scene.submit({0});
    home.wait(2);
    CHECK(home.all[0].first == 0);
    CHECK(home.all[0].second.outcome == Outcome::kCrashed);
    CHECK(home.all[1].second.outcome == Outcome::kOk);
}
