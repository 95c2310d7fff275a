// SPDX-License-Identifier: BSD-3-Clause
#include "workforce.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "clock.hpp"

using namespace dumbwaiter;

namespace {

// Functions of the pool's tests meet the test here.
struct Stage {
    std::mutex mutex;
    std::condition_variable changed;
    int inside = 0, most_inside = 0, created = 0, destroyed = 0;
    bool open = false;  // held functions may go
    std::thread::id runner;

    void enter()
    {
        const std::lock_guard lock(mutex);
        most_inside = std::max(most_inside, ++inside);
        changed.notify_all();
    }
    void leave()
    {
        const std::lock_guard lock(mutex);
        --inside;
    }
    void let_go()
    {
        const std::lock_guard lock(mutex);
        open = true;
        changed.notify_all();
    }
};

Stage* g_stage = nullptr;

constexpr int64_t kForEver = int64_t{1} << 62;

int32_t quick(dw_call* call)
{
    return dw_put_i64(call, 1);
}

int32_t where(dw_call* call)
{
    g_stage->runner = std::this_thread::get_id();
    return dw_put_null(call);
}

// Stays inside until the stage opens, whatever the host asks.
int32_t held(dw_call* call)
{
    g_stage->enter();
    {
        std::unique_lock lock(g_stage->mutex);
        g_stage->changed.wait(lock, [] { return g_stage->open; });
    }
    g_stage->leave();
    return dw_put_i64(call, 2);
}

// Stays inside until it is cancelled.
int32_t patient(dw_call* call)
{
    g_stage->enter();
    while (dw_sleep_ns(call, 3'600'000'000'000u) == DW_OK) {
    }
    g_stage->leave();
    return DW_CANCELLED;
}

int32_t brief(dw_call* call)
{
    g_stage->enter();
    dw_sleep_ns(call, 1'000'000);
    g_stage->leave();
    return dw_put_null(call);
}

// Short, but for when the stage is open.
int32_t slowing(dw_call* call)
{
    bool is_slow = false;
    {
        const std::lock_guard lock(g_stage->mutex);
        is_slow = g_stage->open;
    }
    if (!is_slow) return dw_put_null(call);
    g_stage->enter();
    dw_sleep_ns(call, 15'000'000);
    g_stage->leave();
    return dw_put_null(call);
}

int32_t stateful(dw_call* call)
{
    return dw_put_i64(call, ++*static_cast<int64_t*>(dw_state(call)));
}
int32_t create(dw_call*, void** state)
{
    ++g_stage->created;
    *state = new int64_t{0};
    return DW_OK;
}
void destroy(void* state)
{
    ++g_stage->destroyed;
    delete static_cast<int64_t*>(state);
}

struct NoServices : HostServices {
    Expected<Stored> stored(std::string_view) override { return failure(Code::kNotFound, "none"); }
    Expected<Document> read(std::string_view) override { return failure(Code::kNotFound, "none"); }
    void log(std::string_view, uint32_t, std::string_view) override {}
};

// A pool over functions of this file, and what came home from it.
class Scene {
public:
    struct Entry {
        int32_t (*run)(dw_call*);
        uint32_t flags = 0, library = 0;
        bool has_state = false;
    };

    Scene(const std::vector<Entry>& entries, const Workforce::Options& options)
    {
        g_stage = &stage;
        for (const Entry& entry : entries) {
            FunctionSpec spec;
            spec.name = "f" + std::to_string(manifest_.functions.size());
            FunctionTerms& terms = spec.edit();
            terms.symbol = spec.name;
            terms.isolation = Isolation::kThread;
            terms.args.close(terms.args.open(Type::kArray), 0);
            terms.kwargs.close(terms.kwargs.open(Type::kMap), 0);
            manifest_.functions.push_back(std::move(spec));
            Function function;
            function.info = {.struct_size = sizeof(dw_function_info), .flags = entry.flags, .run = entry.run};
            if (entry.has_state) {
                function.info.create = create;
                function.info.destroy = destroy;
            }
            registry_.functions.push_back(std::make_shared<Function>(function));
            while (resolution_.files.size() <= entry.library) {
                resolution_.files.push_back({.path = "lib" + std::to_string(resolution_.files.size()) + ".so"});
            }
            resolution_.bindings.push_back({.library_id = entry.library, .flags = entry.flags});
        }
        functions_ = std::make_unique<Functions>(manifest_);
        Numbering numbering;
        Workforce::Crew crew;
        crew.places = plan_places(manifest_, resolution_, plan_lanes(manifest_, resolution_).lanes, numbering);
        for (const auto& function : registry_.functions) crew.code.push_back(function);
        pool = std::make_unique<Workforce>(
            *functions_, std::move(crew), services_, options,
            [this](const Job& job, Returned&& returned) {
                const std::lock_guard lock(stage.mutex);
                home.emplace_back(job.id, std::move(returned));
                stage.changed.notify_all();
            },
            [] {});
    }

    ~Scene() { pool.reset(); }  // before what it refers to

    void submit(const std::vector<FunctionId>& ids, bool anew = false)
    {
        CHECK_FALSE(pool->submit(jobs_of(ids, anew), false));
    }
    void set_timeout(FunctionId id, std::chrono::nanoseconds timeout)
    {
        FunctionSpec spec = (*functions_)[id];
        spec.edit().timeout = timeout;
        pool->assign(id, std::make_shared<const FunctionSpec>(spec), {}, nullptr);
    }
    // Its workers are made and wait, with one slot: one that only begins takes what is left to a caller.
    void settle(FunctionId id)
    {
        submit({id});
        CHECK(pool->drained(monotonic_ns() + kForEver / 4));
        home.clear();
    }
    // True: some of it is left to the caller.
    bool share(const std::vector<FunctionId>& ids) { return pool->submit(jobs_of(ids, false), true); }
    void wait_home(size_t count)
    {
        std::unique_lock lock(stage.mutex);
        stage.changed.wait(lock, [&] { return home.size() >= count; });
    }
    void wait_inside(int count)
    {
        std::unique_lock lock(stage.mutex);
        stage.changed.wait(lock, [&] { return stage.inside >= count; });
    }

    Stage stage;
    std::vector<std::pair<FunctionId, Returned>> home;
    std::unique_ptr<Workforce> pool;

private:
    static std::vector<Job> jobs_of(const std::vector<FunctionId>& ids, bool anew)
    {
        std::vector<Job> jobs;
        for (const FunctionId id : ids) jobs.push_back({.id = id, .due = boot_ns(), .anew = anew});
        return jobs;
    }

    Manifest manifest_;
    Resolution resolution_;
    std::unique_ptr<Functions> functions_;
    Registry registry_;
    NoServices services_;
};

}  // namespace

TEST_CASE("every job that is submitted comes home once")
{
    Scene scene({{quick}, {quick}, {quick}}, {.slots = 2});
    for (int i = 0; i < 100; ++i) scene.submit({0, 1, 2});
    scene.wait_home(300);
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
    std::map<FunctionId, int> count;
    for (const auto& [id, returned] : scene.home) {
        ++count[id];
        CHECK(returned.bytes == "1");
    }
    CHECK(count == std::map<FunctionId, int>{{0, 100}, {1, 100}, {2, 100}});
}

TEST_CASE("never more invocations at once than slots")
{
    Scene scene(std::vector<Scene::Entry>(8, {brief}), {.slots = 3, .patience_ns = kForEver});
    scene.submit({0, 1, 2, 3, 4, 5, 6, 7});
    scene.wait_home(8);
    CHECK(scene.stage.most_inside <= 3);
    CHECK(scene.stage.most_inside >= 1);
}

TEST_CASE("one slot means one invocation at a time, in due order")
{
    Scene scene(std::vector<Scene::Entry>(6, {brief}), {.slots = 1, .gives_slots_back = false});
    scene.submit({3, 1, 5, 0, 2, 4});
    scene.wait_home(6);
    CHECK(scene.stage.most_inside == 1);
    std::vector<FunctionId> order;
    for (const auto& [id, returned] : scene.home) order.push_back(id);
    CHECK(order == std::vector<FunctionId>{3, 1, 5, 0, 2, 4});
}

TEST_CASE("invocations that hang give their slots back, and the rest goes on")
{
    Scene scene({{held}, {held}, {quick}}, {.slots = 2, .patience_ns = 0});
    scene.submit({0, 1});
    scene.wait_inside(2);
    scene.submit({2});
    scene.wait_home(1);
    CHECK(scene.home[0].first == 2);
    // The quick one may be on its way out still.
    std::set<FunctionId> stuck;
    for (const Stuck& one : scene.pool->stuck()) stuck.insert(one.id);
    CHECK(stuck.contains(0));
    CHECK(stuck.contains(1));

    scene.stage.let_go();
    scene.wait_home(3);
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
    CHECK(scene.pool->stuck().empty());
    scene.submit({2});
    scene.wait_home(4);
}

TEST_CASE("a library that hangs gets no more slots than can be given back, and others keep theirs")
{
    Scene scene({{held}, {held}, {held}, {quick, 0, 1}}, {.slots = 2, .patience_ns = 0, .extra_of_a_library = 2});
    scene.submit({0, 1});
    scene.wait_inside(2);
    scene.submit({2, 3});
    scene.wait_home(1);
    CHECK(scene.home[0].first == 3);
    CHECK(scene.stage.inside == 2);
    scene.stage.let_go();
    scene.wait_home(4);
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
}

TEST_CASE("without giving slots back, what hangs keeps its slot")
{
    Scene scene({{held}, {quick}}, {.slots = 1, .gives_slots_back = false, .patience_ns = 0});
    scene.submit({0});
    scene.wait_inside(1);
    scene.submit({1});
    CHECK(scene.pool->running() == 1);
    scene.stage.let_go();
    scene.wait_home(2);
    CHECK(scene.home[0].first == 0);
}

TEST_CASE("DW_SERIAL_LIBRARY keeps a whole library to one invocation, and other libraries free")
{
    Scene scene({{brief, DW_SERIAL_LIBRARY, 0}, {brief, 0, 0}, {brief, 0, 0}, {brief, 0, 0}}, {.slots = 4});
    for (int i = 0; i < 5; ++i) scene.submit({0, 1, 2, 3});
    scene.wait_home(20);
    CHECK(scene.stage.most_inside == 1);
}

TEST_CASE("cancel drops what waits and reaches what runs")
{
    Scene scene({{patient}, {quick}}, {.slots = 1});
    scene.submit({0, 1});
    scene.wait_inside(1);
    scene.pool->cancel();
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
    REQUIRE(scene.home.size() == 1);
    CHECK(scene.home[0].second.outcome == Outcome::kCancelled);
    scene.submit({1});
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
    CHECK(scene.home.size() == 1);
}

TEST_CASE("what does not end is not drained")
{
    Scene scene({{held}}, {.slots = 1});
    scene.submit({0});
    scene.wait_inside(1);
    scene.pool->cancel();
    CHECK_FALSE(scene.pool->drained(monotonic_ns()));
    scene.stage.let_go();
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
}

TEST_CASE("a function's state is made before its first use, kept, made anew when asked, and ended once")
{
    Scene scene({{stateful, 0, 0, true}, {quick, 0, 0, true}}, {.slots = 1});
    scene.submit({0});
    scene.submit({0});
    scene.submit({0}, true);
    scene.wait_home(3);
    CHECK(scene.home[0].second.bytes == "1");
    CHECK(scene.home[1].second.bytes == "2");
    CHECK(scene.home[2].second.bytes == "1");
    CHECK(scene.stage.created == 2);
    CHECK(scene.stage.destroyed == 1);
    scene.pool.reset();
    CHECK(scene.stage.destroyed == 2);
}

TEST_CASE("what is left to the caller runs when it comes, on its thread, and wakes no worker before")
{
    Scene scene({{where}}, {.slots = 1});
    scene.settle(0);
    REQUIRE(scene.share({0}));
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    CHECK(scene.home.empty());
    scene.pool->run_share();
    REQUIRE(scene.home.size() == 1);
    CHECK(scene.stage.runner == std::this_thread::get_id());
    CHECK(scene.pool->drained(0));
}

TEST_CASE("of several parcels one is left to the caller")
{
    Scene scene({{brief}, {brief}, {brief}}, {.slots = 3});
    REQUIRE(scene.share({0, 1, 2}));  // each alone, as they never ran
    scene.wait_home(2);
    scene.pool->run_share();
    scene.wait_home(3);
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
}

TEST_CASE("nothing is left to the caller while all slots are taken")
{
    Scene scene({{held}, {quick}}, {.slots = 1, .patience_ns = kForEver});
    scene.submit({0});
    scene.wait_inside(1);
    CHECK_FALSE(scene.share({1}));
    scene.pool->run_share();
    CHECK(scene.home.empty());
    scene.stage.let_go();
    scene.wait_home(2);
}

TEST_CASE("a caller that hangs in its share gives its slot back, and all the workers stay")
{
    Scene scene({{held}, {quick}}, {.slots = 1, .patience_ns = 20'000'000});
    scene.settle(1);
    REQUIRE(scene.share({0}));
    std::thread caller([&] { scene.pool->run_share(); });
    scene.wait_inside(1);
    scene.submit({1});
    scene.wait_home(1);
    CHECK(scene.home[0].first == 1);
    scene.stage.let_go();
    caller.join();
    scene.settle(1);
    REQUIRE(scene.share({1}));
    scene.pool->run_share();
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
}

TEST_CASE("a share that was cancelled before the caller came is dropped")
{
    Scene scene({{quick}}, {.slots = 1});
    scene.settle(0);
    REQUIRE(scene.share({0}));
    scene.pool->cancel();
    scene.pool->run_share();
    CHECK(scene.home.empty());
    CHECK(scene.pool->drained(0));
}

TEST_CASE("a caller that runs past a timeout in its share is reported, and counts as lost until it returns")
{
    Scene scene({{held}, {quick}}, {.slots = 1});
    scene.set_timeout(0, std::chrono::milliseconds(1));
    scene.settle(1);
    REQUIRE(scene.share({0}));
    std::thread caller([&] { scene.pool->run_share(); });
    scene.wait_home(1);
    CHECK(scene.home[0].second.outcome == Outcome::kTimedOut);
    CHECK(scene.pool->lost_threads() == 1);
    scene.stage.let_go();
    caller.join();
    CHECK(scene.home.size() == 2);
    CHECK(scene.home[1].second.was_reported);
    CHECK(scene.pool->lost_threads() == 0);
}

TEST_CASE("a parcel whose functions have become slow leaves the rest to others")
{
    constexpr FunctionId kSlow = 64;
    Scene scene(std::vector<Scene::Entry>(kSlow, {slowing}), {.slots = 2, .patience_ns = kForEver});
    std::vector<FunctionId> all;
    for (FunctionId id = 0; id < kSlow; ++id) all.push_back(id);
    scene.submit(all);
    scene.wait_home(kSlow);
    scene.pool->drained(monotonic_ns() + kForEver / 4);
    scene.home.clear();
    scene.stage.let_go();  // from now on they take their time
    scene.submit(all);     // one parcel
    scene.wait_home(kSlow);
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
    CHECK(scene.stage.most_inside == 2);
}
