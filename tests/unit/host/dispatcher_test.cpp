// SPDX-License-Identifier: BSD-3-Clause
#include "dispatcher.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "clock.hpp"

using namespace dumbwaiter;

namespace {

constexpr FunctionId kFunctions = 200;

Manifest manifest_of_hourly_functions()
{
    Manifest manifest;
    for (FunctionId id = 0; id < kFunctions; ++id) {
        FunctionSpec& spec = manifest.functions.emplace_back();
        spec.name = "f" + std::to_string(1000 + id);
        spec.edit().frequency = std::chrono::hours(1);
    }
    return manifest;
}

// Every function once, now; then none for an hour.
Schedule all_due_now(const Manifest& manifest)
{
    const int64_t now = boot_ns(), hour = 3600 * kSecond;
    Schedule schedule;
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        schedule.add(Grid{.frequency = hour, .phase = now % hour}, now, now);
    }
    return schedule;
}

// Keeps the jobs, to be brought home when the test says so.
class HeldJobs : public Executor {
public:
    bool submit(std::span<const Job> jobs, bool shares) override
    {
        const std::lock_guard lock(mutex_);
        jobs_.insert(jobs_.end(), jobs.begin(), jobs.end());
        changed_.notify_all();
        shares_.push_back(shares);
        return shares && leaves_shares_;
    }
    // A share takes as long as this holds.
    void run_share() override
    {
        std::unique_lock lock(mutex_);
        ++sharing_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return !leaves_shares_; });
        --sharing_;
        changed_.notify_all();
    }
    void leave_shares(bool leaves)
    {
        const std::lock_guard lock(mutex_);
        leaves_shares_ = leaves;
        changed_.notify_all();
    }
    void await_sharing(int count)
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return sharing_ == count; });
    }
    // Whether each submission so far offered to take a share.
    std::vector<bool> shares()
    {
        const std::lock_guard lock(mutex_);
        return shares_;
    }
    void cancel() override {}
    bool drained(int64_t) override { return true; }
    uint32_t running() const override { return 0; }
    std::vector<Stuck> stuck() const override { return {}; }

    std::vector<Job> take(size_t count)
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return jobs_.size() >= count; });
        return std::exchange(jobs_, {});
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Job> jobs_;
    std::vector<bool> shares_;
    bool leaves_shares_ = false;
    int sharing_ = 0;
};

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("dw-dispatcher-" + std::to_string(boot_ns()));
    ~Folder() { std::filesystem::remove_all(path); }
};

Returned value_of(const Job& job)
{
    Returned returned;
    returned.started = returned.finished = job.due_wall;
    returned.bytes = "1";
    return returned;
}

// A dispatcher with all that it needs; its functions are due as it starts.
struct Scene {
    const Folder folder;
    std::unique_ptr<Store> store = *Store::open(folder.path, {.durability = Durability::kVolatile});
    const Manifest manifest = manifest_of_hourly_functions();
    Functions functions{manifest};
    Ledger ledger{functions};
    Sink sink{*store, {.commit_interval_ns = 60 * kSecond}};
    HeldJobs executor;
    Dispatcher dispatcher{functions, all_due_now(manifest), Dependents(manifest), ledger, sink, nullptr};

    ~Scene()
    {
        dispatcher.stop();
        sink.finish(monotonic_ns() + 60 * kSecond);
    }
    void run_now(FunctionId id)
    {
        dispatcher.refresh(id, {}, [](const Refreshes::Outcome&) {});
    }
    // Gives all jobs; one of its threads runs a share until leave_shares(false).
    std::vector<Job> start_with_a_share_that_hangs()
    {
        executor.leave_shares(true);
        dispatcher.start(executor);
        auto jobs = executor.take(kFunctions);
        executor.await_sharing(1);
        return jobs;
    }
    // One more look of the dispatcher's at everything.
    void let_it_look()
    {
        const uint64_t before = dispatcher.rounds();
        dispatcher.ask_for_round();
        while (dispatcher.rounds() == before) std::this_thread::yield();
    }
};

}  // namespace

TEST_CASE("a value that nobody waits for does not wake the dispatcher")
{
    Scene scene;
    scene.dispatcher.start(scene.executor);
    const auto jobs = scene.executor.take(kFunctions);
    scene.let_it_look();
    const uint64_t before = scene.dispatcher.rounds();
    for (const Job& job : jobs) {
        scene.dispatcher.come_home(job, value_of(job));
        std::this_thread::yield();  // to a thread that was woken
    }
    scene.let_it_look();
    CHECK(scene.dispatcher.rounds() <= before + 2);  // asked for once; it may be on its way into the look before
}

TEST_CASE("who waits for a run hears of its end at once")
{
    Scene scene;
    scene.dispatcher.start(scene.executor);
    const auto jobs = scene.executor.take(kFunctions);
    std::mutex mutex;
    std::condition_variable changed;
    bool told = false;
    scene.dispatcher.refresh(7, {.not_before = wall_ns() - kSecond}, [&](const Refreshes::Outcome& outcome) {
        const std::lock_guard lock(mutex);
        told = outcome.is_value;
        changed.notify_all();
    });
    scene.let_it_look();
    scene.dispatcher.come_home(jobs[7], value_of(jobs[7]));
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return told; });
    CHECK(told);
}

TEST_CASE("an order finds a function idle whose value has come home unnoticed")
{
    Scene scene;
    scene.dispatcher.start(scene.executor);
    const auto jobs = scene.executor.take(kFunctions);
    scene.let_it_look();
    scene.dispatcher.come_home(jobs[3], value_of(jobs[3]));
    std::mutex mutex;
    std::condition_variable changed;
    int answer = -1;
    scene.dispatcher.forget(3, [&](bool forgotten) {
        const std::lock_guard lock(mutex);
        answer = forgotten ? 1 : 0;
        changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return answer >= 0; });
    CHECK(answer == 1);
}

TEST_CASE("a function that changes while it runs changes as it comes home, not at its next due time")
{
    Scene scene;
    scene.dispatcher.start(scene.executor);
    const auto jobs = scene.executor.take(kFunctions);
    std::mutex mutex;
    std::condition_variable changed;
    bool adopted = false, idle = false;
    std::vector<Dispatcher::Adoption> adoptions;
    adoptions.push_back({.id = 5, .when_idle = [&] {
                             const std::lock_guard lock(mutex);
                             idle = true;
                             changed.notify_all();
                         }});
    scene.dispatcher.adopt(std::move(adoptions), Dependents(scene.manifest), [&] {
        const std::lock_guard lock(mutex);
        adopted = true;
        changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return adopted; });
    CHECK_FALSE(idle);
    lock.unlock();
    scene.let_it_look();
    scene.dispatcher.come_home(jobs[5], value_of(jobs[5]));
    lock.lock();
    changed.wait(lock, [&] { return idle; });
    CHECK(idle);
}

TEST_CASE("while one of its threads runs a share that hangs, the schedule goes on, and the last thread takes none")
{
    Scene scene;
    const auto jobs = scene.start_with_a_share_that_hangs();
    scene.dispatcher.come_home(jobs[7], value_of(jobs[7]));
    scene.run_now(7);
    CHECK(scene.executor.take(1)[0].id == 7);
    CHECK(scene.executor.shares() == std::vector{true, false});

    scene.executor.leave_shares(false);
    scene.executor.await_sharing(0);
    scene.let_it_look();
    scene.dispatcher.come_home(jobs[8], value_of(jobs[8]));
    scene.run_now(8);
    CHECK(scene.executor.take(1)[0].id == 8);
}

TEST_CASE("it stops while a share hangs, and submits nothing more")
{
    Scene scene;
    const auto jobs = scene.start_with_a_share_that_hangs();
    scene.dispatcher.stop();
    scene.dispatcher.come_home(jobs[7], value_of(jobs[7]));
    scene.run_now(7);
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    CHECK(scene.executor.shares().size() == 1);
    scene.executor.leave_shares(false);
    scene.dispatcher.join();
}
