// SPDX-License-Identifier: BSD-3-Clause
//
// A workforce of its own over a manifest's functions, with real children, and without store and schedule.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "empty_services.hpp"
#include "workforce.hpp"

namespace dumbwaiter::test {

// Make it while the process has one thread: it forks the spawner. `on_return` is called as the executor's.
class ChildScene {
public:
    ChildScene(const std::string& manifest, const std::filesystem::path& folder, const Workforce::Options& options,
               Executor::OnReturn on_return)
        : manifest_(parse_manifest(manifest, "scene", folder).manifest), resolution_(resolve(manifest_))
    {
        if (!resolution_.problems.empty()) throw std::runtime_error(resolution_.problems[0].message);
        LanePlan plan = plan_lanes(manifest_, resolution_);
        Workforce::Crew crew;
        if (!plan.children.empty()) {
            auto forked = Spawner::fork_off(manifest_, resolution_, plan);
            if (!forked) throw std::runtime_error(forked.error().message);
            crew.spawner = std::move(*forked);
        }
        const auto in_host = [](const FunctionSpec& spec, size_t) { return spec->isolation == Isolation::kThread; };
        registry_ = open_registry(manifest_, resolution_, in_host);
        Numbering numbering;
        crew.places = plan_places(manifest_, resolution_, plan.lanes, numbering);
        for (size_t i = 0; i < manifest_.functions.size(); ++i) {
            const bool runs_here = plan.lanes[i] == kHostLane;
            crew.code.push_back(runs_here ? registry_.functions[i] : nullptr);
        }
        crew.children = std::move(plan.children);
        functions_ = std::make_unique<Functions>(manifest_);
        pool_ =
            std::make_unique<Workforce>(*functions_, std::move(crew), services_, options, std::move(on_return), [] {});
    }
    ~ChildScene()
    {
        constexpr int64_t kPatience = 10'000'000'000;
        pool_->cancel();
        pool_->end_children(monotonic_ns() + kPatience);
        if (!pool_->drained(monotonic_ns() + kPatience)) std::abort();
        pool_.reset();
    }
    ChildScene(const ChildScene&) = delete;
    ChildScene& operator=(const ChildScene&) = delete;

    Workforce& pool() { return *pool_; }
    void submit(const std::vector<FunctionId>& ids)
    {
        jobs_.clear();
        for (const FunctionId id : ids) jobs_.push_back({.id = id, .due = boot_ns(), .sequence = 1});
        pool_->submit(jobs_, false);
    }

private:
    Manifest manifest_;
    Resolution resolution_;
    Registry registry_;
    std::unique_ptr<Functions> functions_;
    EmptyServices services_;
    std::vector<Job> jobs_;
    std::unique_ptr<Workforce> pool_;
};

}  // namespace dumbwaiter::test
