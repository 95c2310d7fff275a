// SPDX-License-Identifier: BSD-3-Clause
//
// A lane with a real child, at moments that a running host meets seldom.
#include "child_scene.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

#include "descriptors.hpp"

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
    bool comes_within(std::chrono::seconds patience, size_t count)
    {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, patience, [&] { return all.size() >= count; });
    }
};

// A spawner that took over from one that was killed, and does not go when it is let go.
class Stubborn {
public:
    Stubborn()
    {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
        Descriptor ours(ends[0]);
        theirs_ = Descriptor(ends[1]);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ours = {};
            stay(theirs_.number());
        }
        spawner_ = Spawner::take_over(std::move(ours), std::chrono::minutes(1));
        pollfd source{spawner_->descriptor(), POLLIN, 0};
        REQUIRE(::poll(&source, 1, -1) == 1);
        bool gone = false;
        REQUIRE(spawner_->events(gone).size() == 1);
    }
    ~Stubborn() { end(); }
    Stubborn(const Stubborn&) = delete;
    Stubborn& operator=(const Stubborn&) = delete;

    std::shared_ptr<Spawner> take() { return std::move(spawner_); }
    void wait_until_it_is_let_go() const
    {
        pollfd source{theirs_.number(), 0, 0};
        REQUIRE(::poll(&source, 1, 30'000) == 1);
    }
    void end()
    {
        if (pid_ == 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

private:
    [[noreturn]] static void stay(int socket)
    {
        const int self = static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0));
        const Spawner::Event event{
            .kind = Spawner::Event::Kind::kRenewed, .ticket = 1, .pid = ::getpid(), .process = self};
        send_with_descriptors(socket, std::as_bytes(std::span(&event, 1)), {&self, 1});
        while (true) ::pause();
    }

    Descriptor theirs_;
    pid_t pid_ = 0;
    std::shared_ptr<Spawner> spawner_;
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

TEST_CASE("who takes a child's results drives no plugin off a processor, unless each is to be met at once")
{
    for (const bool keeps_lookout : {false, true}) {
        Home home;
        std::atomic<int> policy{-1};
        const auto look = [&](const Job& job, Returned&& returned) {
            policy = ::sched_getscheduler(0);
            home.take(job, std::move(returned));
        };
        test::ChildScene scene(entry("good", "tick.so:tick"), "/", {.slots = 1, .keeps_lookout = keeps_lookout}, look);
        scene.submit({0});
        home.wait(1);
        CHECK((policy == SCHED_BATCH) == (::sched_getscheduler(0) == SCHED_OTHER && !keeps_lookout));
    }
}

TEST_CASE("a spawner that does not go when nobody needs it any more keeps nothing waiting")
{
    Home home;
    test::ChildScene scene(
        entry("in_child", "tick.so:tick") + entry("in_host", "echo.so:echo", "isolation = \"thread\""), "/",
        {.slots = 1}, [&](const Job& job, Returned&& returned) { home.take(job, std::move(returned)); });
    Stubborn stubborn;
    const uint32_t lane = scene.pool().add_child(
        {.plan = {.name = "replaced.so"}, .spawner = stubborn.take(), .spawners_lane = 1, .largest_result = 1024});
    scene.pool().retire_child(lane, monotonic_ns());
    stubborn.wait_until_it_is_let_go();
    std::thread submits([&] { scene.submit({1, 0}); });  // what would wait is let go by its end
    CHECK(home.comes_within(std::chrono::seconds(30), 2));
    stubborn.end();
    submits.join();
    home.wait(2);
}
