// SPDX-License-Identifier: BSD-3-Clause
#include "workforce.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "clock.hpp"

namespace dumbwaiter {

Workforce::Workforce(Functions& functions, Crew crew, HostServices& services, const Options& options,
                     OnReturn on_return, std::function<void()> when_spawner_dies)
    : functions_(functions),
      services_(services),
      options_(options),
      on_return_(std::move(on_return)),
      when_spawner_dies_(std::move(when_spawner_dies)),
      slots_(std::move(crew.places), {.slots = options.slots,
                                      .gives_back = options.gives_slots_back,
                                      .extra_of_a_library = options.extra_of_a_library}),
      context_{.functions = functions,
               .on_return = on_return_,
               .mutex = mutex_,
               .slots = slots_,
               .quiet = quiet_,
               .pump = [this] { threads_.wake(hand_out()); },
               .patience_ns = options.patience_ns},
      threads_(context_, std::move(crew.code), services, options.slots)
{
    uint32_t lane = 0;
    if (crew.spawner) spawners_.push_back(crew.spawner);
    for (ChildPlan& plan : crew.children) add_child({std::move(plan), crew.spawner, ++lane, crew.largest_result});
    supervisor_ = std::thread([this] { supervise(); });
}

uint32_t Workforce::add_child(NewChild child)
{
    const uint32_t extra = options_.gives_slots_back ? options_.extra_of_a_library : 0;
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(spawners_, child.spawner) == spawners_.end()) spawners_.push_back(child.spawner);
    auto place = std::ranges::find(children_, nullptr);
    if (place == children_.end()) place = children_.insert(children_.end(), nullptr);
    const auto lane = static_cast<uint32_t>(place - children_.begin() + 1);
    *place = std::make_shared<ChildLane>(context_, std::move(child.plan), services_, std::move(child.spawner),
                                         ChildLane::Options{.lane = lane,
                                                            .spawners_lane = child.spawners_lane,
                                                            .workers = options_.slots + extra,
                                                            .largest_result = child.largest_result,
                                                            .keeps_lookout = options_.keeps_lookout});
    return lane;
}

void Workforce::retire_child(uint32_t lane, int64_t grace_ends)
{
    {
        const std::lock_guard lock(mutex_);
        if (children_[lane - 1]) children_[lane - 1]->retire(grace_ends);
    }
    event_.raise();
}

void Workforce::assign(FunctionId id, std::shared_ptr<const FunctionSpec> spec, const Place& place,
                       ThreadLane::Code code)
{
    const std::lock_guard lock(mutex_);
    functions_.replace(id, std::move(spec));
    slots_.set_place(id, place);
    if (code) threads_.assign(id, std::move(code));
}

Workforce::~Workforce()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    event_.raise();
    supervisor_.join();
}

// Under the lock. Gives how many workers of the host are to be woken for it.
uint32_t Workforce::hand_out()
{
    if (cancelled_) return 0;
    while (auto parcel = slots_.take()) {
        const uint32_t lane = parcel->lane;
        lane == kHostLane ? threads_.post(std::move(*parcel)) : children_[lane - 1]->post(std::move(*parcel));
    }
    return threads_.take_posted();
}

bool Workforce::submit(std::span<const Job> jobs, bool shares)
{
    bool child_is_wanted = false;
    uint32_t woken = 0;
    {
        const std::lock_guard lock(mutex_);
        if (cancelled_) return false;
        slots_.submit(jobs);
        woken = hand_out();
        if (slots_.out() > 0) see_to_a_look();
        for (const Job& job : jobs) {
            const uint32_t lane = slots_.place(job.id).lane;
            if (lane != kHostLane && children_[lane - 1]->wants_start()) child_is_wanted = true;
        }
    }
    const bool has_share = shares && woken > 0;
    threads_.wake(has_share ? woken - 1 : woken);
    if (child_is_wanted) event_.raise();
    return has_share;
}

void Workforce::cancel()
{
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    threads_.cancel();
    slots_.drop_all();
    for (const auto& child : live()) child->cancel();
    event_.raise();
}

bool Workforce::drained(int64_t until)
{
    std::unique_lock lock(mutex_);
    const auto left = std::chrono::nanoseconds(std::max<int64_t>(until - monotonic_ns(), 0));
    return quiet_.wait_for(lock, left, [&] { return slots_.out() == 0; });
}

bool Workforce::end_children(int64_t until)
{
    using Nanoseconds = std::chrono::nanoseconds;
    const Nanoseconds half((until - monotonic_ns()) / 2);
    const auto all_gone = [&] {
        return std::ranges::all_of(live(), [](const auto& child) { return child->is_gone(); });
    };
    std::unique_lock lock(mutex_);
    for (const auto& child : live()) child->end();
    event_.raise();
    if (quiet_.wait_for(lock, half, all_gone)) return true;
    for (const auto& child : live()) child->kill();
    return quiet_.wait_for(lock, half, all_gone);
}

uint32_t Workforce::running() const
{
    const std::lock_guard lock(mutex_);
    return slots_.out();
}

std::vector<Stuck> Workforce::stuck() const
{
    const std::lock_guard lock(mutex_);
    std::vector<Stuck> out;
    const int64_t now = monotonic_ns();
    threads_.add_stuck(now, out);
    for (const auto& child : live()) child->add_stuck(now, out);
    return out;
}

uint32_t Workforce::lost_threads() const
{
    const std::lock_guard lock(mutex_);
    return threads_.lost();
}

std::vector<ChildFacts> Workforce::children() const
{
    const std::lock_guard lock(mutex_);
    std::vector<ChildFacts> facts;
    for (const auto& child : live()) facts.push_back(child->facts(monotonic_ns()));
    return facts;
}

}  // namespace dumbwaiter
