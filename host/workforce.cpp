// SPDX-License-Identifier: BSD-3-Clause
#include "workforce.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <system_error>
#include <utility>

#include "clock.hpp"
#include "log.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kIdleTick = 200 * kMillisecond;  // between looks at what runs, when nothing does
constexpr int64_t kBusyTick = 20 * kMillisecond;

}  // namespace

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
               .pump = [this] { pump(); },
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
                                                            .largest_result = child.largest_result});
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

// Under the lock.
void Workforce::pump()
{
    if (cancelled_) return;
    while (auto parcel = slots_.take()) {
        const uint32_t lane = parcel->lane;
        lane == kHostLane ? threads_.post(std::move(*parcel)) : children_[lane - 1]->post(std::move(*parcel));
    }
}

void Workforce::submit(std::span<const Job> jobs)
{
    bool child_is_wanted = false;
    {
        const std::lock_guard lock(mutex_);
        if (cancelled_) return;
        slots_.submit(jobs);
        pump();
        for (const Job& job : jobs) {
            const uint32_t lane = slots_.place(job.id).lane;
            if (lane != kHostLane && children_[lane - 1]->wants_start()) child_is_wanted = true;
        }
    }
    if (child_is_wanted) event_.raise();
}

void Workforce::supervise()
{
    int64_t tick = kIdleTick;
    while (true) {
        watch(tick);
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return;
        }
        tick = tend_all();
    }
}

// Sleeps until somebody has something to say, and hears it.
void Workforce::watch(int64_t timeout_ns)
{
    std::vector<pollfd> sources{{event_.number(), POLLIN, 0}};
    std::vector<std::shared_ptr<Spawner>> spawners;
    std::vector<std::shared_ptr<ChildLane>> children;
    {
        const std::lock_guard lock(mutex_);
        if (!spawner_is_dead_) spawners = spawners_;
        std::ranges::copy(live(), std::back_inserter(children));
        for (const auto& spawner : spawners) sources.push_back({spawner->descriptor(), POLLIN, 0});
        for (const auto& child : children) {
            sources.push_back({child->process().socket(), POLLIN, 0});
            for (size_t stream = 0; stream < ChildProcess::kStreams; ++stream) {
                sources.push_back({child->process().output(stream), POLLIN, 0});
            }
        }
    }
    poll(sources.data(), sources.size(), static_cast<int>((timeout_ns + kMillisecond - 1) / kMillisecond));
    if (sources[0].revents != 0) event_.lower();
    const pollfd* source = &sources[1 + spawners.size()];
    for (const auto& child : children) {
        if (source++->revents != 0) child->read_socket();
        for (size_t stream = 0; stream < ChildProcess::kStreams; ++stream) {
            if (source++->revents != 0) child->process().read_output(stream);
        }
    }
    hear_spawners(spawners, std::span(sources).subspan(1, spawners.size()));
}

void Workforce::hear_spawners(const std::vector<std::shared_ptr<Spawner>>& spawners, std::span<const pollfd> sources)
{
    for (size_t i = 0; i < spawners.size(); ++i) {
        if (sources[i].revents == 0) continue;
        bool gone = false;
        for (const Spawner::Event& event : spawners[i]->events(gone)) {
            if (event.kind == Spawner::Event::Kind::kRenewed) {
                bury_children_of(*spawners[i]);
                continue;
            }
            std::shared_ptr<ChildLane> meant;
            {
                const std::lock_guard lock(mutex_);
                const auto at = std::ranges::find_if(
                    children_, [&](const auto& child) { return child && child->is_of(*spawners[i], event.lane); });
                if (at != children_.end()) meant = *at;
            }
            if (meant) meant->on_event(event);
        }
        if (!gone) continue;
        {
            const std::lock_guard lock(mutex_);
            spawner_is_dead_ = true;
        }
        when_spawner_dies_();
    }
}

void Workforce::bury_children_of(const Spawner& spawner)
{
    log(LogLevel::kWarning, "child",
        "the process that makes the children was killed, and they with it; another goes on in its place");
    std::vector<std::shared_ptr<ChildLane>> buried;
    {
        const std::lock_guard lock(mutex_);
        std::ranges::copy_if(live(), std::back_inserter(buried),
                             [&](const auto& child) { return child->is_of(spawner); });
    }
    for (const auto& child : buried) child->die_with_spawner();
}

// Lanes that are retired and empty, and spawners that nobody needs any more.
void Workforce::drop_what_is_over()
{
    for (auto& child : children_) {
        if (child && child->is_over()) child.reset();
    }
    if (spawners_.size() < 2) return;
    const auto is_left_over = [](const std::shared_ptr<Spawner>& spawner) { return spawner.use_count() == 1; };
    spawners_.erase(std::remove_if(spawners_.begin() + 1, spawners_.end(), is_left_over), spawners_.end());
}

// Returns for how long nobody needs another look.
int64_t Workforce::tend_all()
{
    std::vector<Delivery> deliveries;
    int64_t tick = kIdleTick;
    {
        const std::lock_guard lock(mutex_);
        const int64_t now = monotonic_ns();
        threads_.tend(now);
        if (!spawner_is_dead_) {
            for (const auto& child : live()) {
                child->tend(now, deliveries);
                if (child->wants_start()) tick = std::clamp<int64_t>(child->next_start() - now, kMillisecond, tick);
                if (child->is_retired()) tick = std::min(tick, kBusyTick);
            }
            drop_what_is_over();
        }
        if (slots_.out() > 0) tick = std::min(tick, kBusyTick);
    }
    context_.deliver(deliveries);
    threads_.report_late();
    return tick;
}

void Workforce::cancel()
{
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    threads_.cancel();
    slots_.drop_all();
    for (const auto& child : live()) child->cancel();
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
