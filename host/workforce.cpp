// SPDX-License-Identifier: BSD-3-Clause
#include "workforce.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "clock.hpp"
#include "log.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kIdleTick = 200 * kMillisecond;  // between looks at what runs, when nothing does
constexpr int64_t kBusyTick = 20 * kMillisecond;

int checked(int descriptor)
{
    if (descriptor < 0) throw std::system_error(errno, std::system_category(), "making an event");
    return descriptor;
}

uint32_t threads_needed(const LanePlan& plan, uint32_t slots)
{
    return std::ranges::any_of(plan.places, [](const Place& place) { return place.lane == kHostLane; }) ? slots : 0;
}

uint64_t largest_result(const Manifest& manifest)
{
    uint64_t largest = manifest.settings.limits.result_size;
    for (const FunctionSpec& spec : manifest.functions) largest = std::max(largest, spec.result_limit);
    return largest;
}

}  // namespace

Workforce::Workforce(const Manifest& manifest, const Registry& registry, const LanePlan& plan, HostServices& services,
                     Spawner* spawner, const Options& options, OnReturn on_return,
                     std::function<void()> when_spawner_dies)
    : manifest_(manifest),
      on_return_(std::move(on_return)),
      when_spawner_dies_(std::move(when_spawner_dies)),
      spawner_(spawner),
      event_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      slots_(plan.places, {.slots = options.slots,
                           .gives_back = options.gives_slots_back,
                           .extra_of_a_library = options.extra_of_a_library}),
      context_{.manifest = manifest_,
               .on_return = on_return_,
               .mutex = mutex_,
               .slots = slots_,
               .quiet = quiet_,
               .pump = [this] { pump(); },
               .patience_ns = options.patience_ns},
      threads_(context_, registry, services, threads_needed(plan, options.slots))
{
    const uint32_t extra = options.gives_slots_back ? options.extra_of_a_library : 0;
    ChildLane::Options child{.workers = options.slots + extra, .largest_result = largest_result(manifest)};
    for (const ChildPlan& of_one : plan.children) {
        ++child.lane;
        children_.push_back(std::make_unique<ChildLane>(context_, of_one, services, *spawner_, child));
    }
    supervisor_ = std::thread([this] { supervise(); });
}

Workforce::~Workforce()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    nudge();
    supervisor_.join();
    close(event_);
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
    if (child_is_wanted) nudge();
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
    std::vector<pollfd> sources{{event_, POLLIN, 0}, {spawner_ != nullptr ? spawner_->descriptor() : -1, POLLIN, 0}};
    {
        const std::lock_guard lock(mutex_);
        if (spawner_is_dead_) sources[1].fd = -1;
        for (const auto& child : children_) {
            sources.push_back({child->process().socket(), POLLIN, 0});
            for (size_t stream = 0; stream < ChildProcess::kStreams; ++stream) {
                sources.push_back({child->process().output(stream), POLLIN, 0});
            }
        }
    }
    poll(sources.data(), sources.size(), static_cast<int>((timeout_ns + kMillisecond - 1) / kMillisecond));
    uint64_t count = 0;
    if (sources[0].revents != 0) (void)!read(event_, &count, sizeof count);
    const pollfd* source = &sources[2];
    for (const auto& child : children_) {
        if (source++->revents != 0) child->read_socket();
        for (size_t stream = 0; stream < ChildProcess::kStreams; ++stream) {
            if (source++->revents != 0) child->process().read_output(stream);
        }
    }
    if (sources[1].revents == 0) return;
    bool gone = false;
    for (const Spawner::Event& event : spawner_->events(gone)) children_[event.lane - 1]->on_event(event);
    if (!gone) return;
    {
        const std::lock_guard lock(mutex_);
        spawner_is_dead_ = true;
    }
    when_spawner_dies_();
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
        for (const auto& child : children_) {
            if (spawner_is_dead_) break;
            child->tend(now, deliveries);
            if (child->wants_start()) tick = std::clamp<int64_t>(child->next_start() - now, 0, tick);
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
    for (const auto& child : children_) child->cancel();
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
        return std::ranges::all_of(children_, [](const auto& child) { return child->is_gone(); });
    };
    std::unique_lock lock(mutex_);
    for (const auto& child : children_) child->end();
    if (quiet_.wait_for(lock, half, all_gone)) return true;
    for (const auto& child : children_) child->kill();
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
    for (const auto& child : children_) child->add_stuck(now, out);
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
    for (const auto& child : children_) facts.push_back(child->facts(monotonic_ns()));
    return facts;
}

void Workforce::nudge()
{
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(event_, &one, sizeof one);
}

}  // namespace dumbwaiter
