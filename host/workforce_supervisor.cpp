// SPDX-License-Identifier: BSD-3-Clause
//
// The supervisor's thread of a workforce: what children and spawners tell, and what there is to do now and then.
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "clock.hpp"
#include "log.hpp"
#include "workforce.hpp"

namespace dumbwaiter {

namespace {

// Between looks at what runs, and at children that start, end or rest.
constexpr int64_t kBusyTick = 20 * kMillisecond, kIdleTick = 200 * kMillisecond, kRestTick = kSecond;

}  // namespace

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
    std::vector<pollfd> sources{{event_.number(), POLLIN, 0}, {look_.number(), POLLIN, 0}};
    const size_t own = sources.size();
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
    if (sources[1].revents != 0) look_.lower();
    const pollfd* source = sources.data() + own + spawners.size();
    for (const auto& child : children) {
        if (source++->revents != 0) child->read_socket();
        for (size_t stream = 0; stream < ChildProcess::kStreams; ++stream) {
            if (source++->revents != 0) child->process().read_output(stream);
        }
    }
    hear_spawners(spawners, std::span(sources).subspan(own, spawners.size()));
}

void Workforce::hear_spawners(const std::vector<std::shared_ptr<Spawner>>& spawners, std::span<const pollfd> sources)
{
    for (size_t i = 0; i < spawners.size(); ++i) {
        if (sources[i].revents == 0) continue;
        bool gone = false;
        for (const Spawner::Event& event : spawners[i]->events(gone)) hear(*spawners[i], event);
        if (!gone) continue;
        {
            const std::lock_guard lock(mutex_);
            spawner_is_dead_ = true;
        }
        when_spawner_dies_();
    }
}

void Workforce::hear(const Spawner& spawner, const Spawner::Event& event)
{
    using Kind = Spawner::Event::Kind;
    switch (event.kind) {
        case Kind::kStarted:
        case Kind::kEnded:
        case Kind::kNotStarted: break;
        case Kind::kRenewed: return bury_children_of(spawner);
        case Kind::kAlone:
            return log(LogLevel::kWarning, "child",
                       "no process can be made that would stand by for the one that makes the children; it is tried "
                       "again until it can",
                       {{"error", ::strerror(event.status)}});
        case Kind::kAccompanied:
            return log(LogLevel::kInfo, "child", "a process stands by again for the one that makes the children");
    }
    std::shared_ptr<ChildLane> meant;
    {
        const std::lock_guard lock(mutex_);
        const auto at = std::ranges::find_if(
            children_, [&](const auto& child) { return child && child->is_of(spawner, event.lane); });
        if (at != children_.end()) meant = *at;
    }
    if (meant) meant->on_event(event);
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

// Under the lock: lanes that are retired and empty, and spawners that nobody needs any more. To end them takes time, in
// which whoever dispatches would wait for the lock: that is for when it is released.
Workforce::Over Workforce::take_what_is_over()
{
    Over over;
    for (auto& child : children_) {
        if (child && child->is_over()) over.children.push_back(std::exchange(child, nullptr));
    }
    if (spawners_.size() < 2) return over;
    const auto is_needed = [](const std::shared_ptr<Spawner>& spawner) { return spawner.use_count() > 1; };
    const auto left_over = std::partition(spawners_.begin() + 1, spawners_.end(), is_needed);
    std::move(left_over, spawners_.end(), std::back_inserter(over.spawners));
    spawners_.erase(left_over, spawners_.end());
    return over;
}

// The supervisor has others to look after, and does not wait for them either.
void Workforce::let_go_of(std::vector<std::shared_ptr<Spawner>>&& spawners)
{
    for (const auto& spawner : spawners) spawner->let_go();
    std::ranges::move(spawners, std::back_inserter(leaving_));
    std::erase_if(leaving_, [](const std::shared_ptr<Spawner>& spawner) { return spawner->has_left(); });
}

// Under the lock: a look comes by itself as long as something runs, and a little after something begins to.
void Workforce::see_to_a_look()
{
    if (std::exchange(is_looked_after_, true)) return;
    look_.set(monotonic_ns() + kIdleTick);
}

// Returns for how long nobody needs another look.
int64_t Workforce::tend_all()
{
    std::vector<Delivery> deliveries;
    Over over;
    int64_t tick = kRestTick;
    {
        const std::lock_guard lock(mutex_);
        const int64_t now = monotonic_ns();
        threads_.tend(now);
        if (!spawner_is_dead_) {
            for (const auto& child : live()) {
                child->tend(now, deliveries);
                if (!child->is_at_rest()) tick = std::min(tick, kIdleTick);
                if (child->wants_start()) tick = std::clamp<int64_t>(child->next_start() - now, kMillisecond, tick);
                if (child->is_retired()) tick = std::min(tick, kBusyTick);
            }
            over = take_what_is_over();
        }
        is_looked_after_ = slots_.out() > 0;
        if (is_looked_after_) tick = std::min(tick, kBusyTick);
    }
    let_go_of(std::move(over.spawners));
    context_.deliver(deliveries);
    threads_.report_late();
    return leaving_.empty() ? tick : std::min(tick, kIdleTick);
}

}  // namespace dumbwaiter
