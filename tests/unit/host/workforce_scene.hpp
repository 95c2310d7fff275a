// SPDX-License-Identifier: BSD-3-Clause
//
// A workforce over functions of the tests' own, which meet the test on a stage.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "empty_services.hpp"
#include "workforce.hpp"

namespace workforce_scene {

using namespace dumbwaiter;

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

inline Stage* g_stage = nullptr;

inline constexpr int64_t kForEver = int64_t{1} << 62;

inline int32_t quick(dw_call* call)
{
    return dw_put_i64(call, 1);
}

inline int32_t where(dw_call* call)
{
    g_stage->runner = std::this_thread::get_id();
    return dw_put_null(call);
}

// Stays inside until the stage opens, whatever the host asks.
inline int32_t held(dw_call* call)
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
inline int32_t patient(dw_call* call)
{
    g_stage->enter();
    while (dw_sleep_ns(call, 3'600'000'000'000u) == DW_OK) {
    }
    g_stage->leave();
    return DW_CANCELLED;
}

inline int32_t brief(dw_call* call)
{
    g_stage->enter();
    dw_sleep_ns(call, 1'000'000);
    g_stage->leave();
    return dw_put_null(call);
}

// Short, but for when the stage is open.
inline int32_t slowing(dw_call* call)
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

inline int32_t stateful(dw_call* call)
{
    return dw_put_i64(call, ++*static_cast<int64_t*>(dw_state(call)));
}
inline int32_t create(dw_call*, void** state)
{
    ++g_stage->created;
    *state = new int64_t{0};
    return DW_OK;
}
inline void destroy(void* state)
{
    ++g_stage->destroyed;
    delete static_cast<int64_t*>(state);
}

// A workforce over those functions, and what came home from it.
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
    test::EmptyServices services_;
};

}  // namespace workforce_scene
