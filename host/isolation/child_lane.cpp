// SPDX-License-Identifier: BSD-3-Clause
//
// Starting, feeding, watching and ending a child. What comes back from it is in child_receiver.cpp, what is told of it
// in child_events.cpp.
#include "child_lane.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <csignal>
#include <utility>

#include "clock.hpp"
#include "log.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kStartTime = 30 * kSecond;  // for the library to load
constexpr int64_t kLeaveTime = 2 * kSecond;   // for its functions' states to be destroyed

}  // namespace

ChildLane::ChildLane(const LaneContext& context, ChildPlan plan, HostServices& services,
                     std::shared_ptr<Spawner> spawner, const Options& options)
    : context_(context),
      plan_(std::move(plan)),
      services_(services),
      spawner_(std::move(spawner)),
      options_(options),
      width_(options.workers),
      process_(plan_.name)
{
    context_.slots.set_width(options_.lane, width_);
    context_.slots.set_parcel_jobs(options_.lane, channel::kCells);
    context_.slots.set_open(options_.lane, false);
}

ChildLane::~ChildLane()
{
    if (receiver_.joinable()) receiver_.join();
    process_.close();
}

bool ChildLane::wants_start() const
{
    return state_ == State::kDown && !stopping_ && context_.slots.has_waiting(options_.lane);
}

bool ChildLane::is_idle() const
{
    return std::ranges::none_of(workers_, [](const Worker& worker) { return worker.parcel.has_value(); });
}

bool ChildLane::is_at_rest() const
{
    if (is_retired() || ending_.has_begun()) return false;
    return state_ == State::kUp ? !bury_ : state_ == State::kDown && !wants_start();
}

void ChildLane::tend(int64_t now, std::vector<Delivery>& deliveries)
{
    process_.tend(now);
    switch (state_) {
        case State::kDown:
            process_.close();
            if (is_retired() && now >= retires_at_) stopping_ = true;
            if (is_retired() && stopping_) fail_waiting("its library was replaced before it could run", deliveries);
            if (wants_start()) start_or_fail(now, deliveries);
            break;
        case State::kStarting:
            if (!load_fault_.empty()) break;
            if (now - started_ <= kStartTime && !(is_retired() && now >= retires_at_)) break;
            load_fault_ = "it hung while it was loaded";
            process_.kill(SIGKILL);
            break;
        case State::kUp:
            // Dead, and its receiver has taken part of what ran out of the workers to report it.
            if (bury_) break;
            for (uint32_t index = 0; index < workers_.size(); ++index) look_at(index, now);
            if (const int number = ending_.due(now); number != 0) process_.kill(number);
            if (is_retired()) tend_retirement(now);
            break;
    }
}

// What waits for it is still its own to run, but what hangs keeps it no longer than that.
void ChildLane::tend_retirement(int64_t now)
{
    if (stopping_) {
        if (now >= retires_at_) process_.kill(SIGKILL);
        return;
    }
    const bool is_quiet = context_.slots.is_quiet(options_.lane);
    if (!is_quiet && now < retires_at_) return;
    stopping_ = true;
    retires_at_ = now + kLeaveTime;
    context_.slots.set_open(options_.lane, false);
    process_.send({.kind = is_quiet ? control::Kind::kEnd : control::Kind::kCancel, .name = {}, .text = {}});
    if (!is_quiet) ending_.begin(now);
}

bool ChildLane::is_over() const
{
    return is_retired() && state_ == State::kDown && context_.slots.is_quiet(options_.lane);
}

void ChildLane::start_or_fail(int64_t now, std::vector<Delivery>& deliveries)
{
    if (now >= restarts_.next_start()) return start(now);
    if (!restarts_.library_is_away(now)) return;
    fail_waiting(fmt::format("{} is in quarantine: it died too often while it was loaded: {}", plan_.name, load_fault_),
                 deliveries);
}

void ChildLane::start(int64_t now)
{
    if (receiver_.joinable()) receiver_.join();
    auto memory = channel::Memory::make(channel::Layout::of(options_.workers, options_.largest_result));
    const Status asked =
        memory ? process_.start(*spawner_, options_.spawners_lane, *memory) : std::unexpected(memory.error());
    if (!asked && asked.error().code == Code::kBusy) return;  // at the next tick
    if (!asked) {
        log(LogLevel::kError, "child", "cannot be started",
            {{"library", plan_.name}, {"error", asked.error().message}});
        restarts_.died(Restarts::Reason::kFunction, now);
        return;
    }
    end_ = std::make_unique<channel::HostEnd>(std::move(*memory), options_.keeps_lookout);
    workers_.clear();
    workers_.resize(options_.workers);
    idle_.clear();
    for (uint32_t i = options_.workers; i > 0; --i) idle_.push_back(i - 1);
    width_ = options_.workers;
    set_width();
    state_ = State::kStarting;
    started_ = now;
    ending_ = {};
    bury_ = died_with_spawner_ = false;
    load_fault_.clear();
    receiver_ = std::thread([this] { receive(); });
}

// One at a time while there are jobs that run again.
void ChildLane::set_width()
{
    context_.slots.set_width(options_.lane, careful_ > 0 ? 1 : width_);
}

void ChildLane::fail_waiting(const std::string& why, std::vector<Delivery>& deliveries)
{
    const int64_t now = wall_ns();
    for (const Job& job : context_.slots.drop(options_.lane)) {
        relax_after(job);
        deliveries.push_back({job,
                              {.code = -1,
                               .outcome = Outcome::kCrashed,
                               .started = now,
                               .finished = now,
                               .late = boot_ns() - job.due,
                               .media_type = {},
                               .bytes = why}});
    }
}

std::span<const Job> ChildLane::as_the_child_knows_them(std::span<const Job> jobs)
{
    posted_.assign(jobs.begin(), jobs.end());
    for (Job& job : posted_) job.id = context_.slots.place(job.id).local;
    return posted_;
}

void ChildLane::post(Parcel&& parcel)
{
    const uint32_t index = idle_.back();
    idle_.pop_back();
    Worker& worker = workers_[index];
    worker.parcel = parcel.id;
    worker.jobs = std::move(parcel.jobs);
    worker.out = worker.jobs.size() == channel::kCells ? ~uint64_t{0} : (uint64_t{1} << worker.jobs.size()) - 1;
    worker.claimed = 0;
    worker.last_home = monotonic_ns();
    worker.gave_back = worker.timed_out = false;
    end_->post(index, as_the_child_knows_them(worker.jobs));
    if (!std::exchange(worker.exists, true)) {
        process_.send({.kind = control::Kind::kAddWorker, .worker = index, .name = {}, .text = {}});
    }
}

// ---- watching

// The first job that was begun and has not come back; the child's word is taken for what was begun only.
std::optional<uint32_t> ChildLane::running_cell(uint32_t index) const
{
    const Worker& worker = workers_[index];
    for (uint64_t left = worker.out & ~worker.claimed; left != 0; left &= left - 1) {
        const auto cell = static_cast<uint32_t>(std::countr_zero(left));
        if (end_->has_begun(index, cell)) return cell;
    }
    return std::nullopt;
}

int64_t ChildLane::begun(const Worker& worker, uint32_t index, int64_t now) const
{
    return std::clamp(end_->started(index), std::min(worker.last_home, now), now);
}

void ChildLane::look_at(uint32_t index, int64_t now)
{
    Worker& worker = workers_[index];
    if (!worker.parcel) return;
    const auto cell = running_cell(index);
    // A worker that does not begin what it was given for a second hangs as well.
    const int64_t since = cell ? begun(worker, index, now) : worker.last_home;
    const int64_t ran = now - since;
    if (ran >= kHoldUp && std::popcount(worker.out) > 1) withdraw_rest(index);
    if (!worker.parcel) return;
    const uint32_t first = cell.value_or(static_cast<uint32_t>(std::countr_zero(worker.out)));
    const FunctionSpec& spec = context_.functions[worker.jobs[first].id];
    if (ran >= context_.patience_ns && !worker.gave_back && context_.slots.give_back(*worker.parcel)) {
        worker.gave_back = true;
        relax_after(worker.jobs[first]);
        worker.jobs[first].again = false;
        log(LogLevel::kWarning, "child", "runs for long, and gives its slot to others", {{"name", spec.name}});
        context_.pump();
    }
    const int64_t timeout = spec->timeout.count();
    if (cell && timeout > 0 && ran >= timeout + kNoticeTime && !worker.timed_out) {
        worker.timed_out = true;
        begin_ending(index, now);
    }
}

void ChildLane::withdraw_rest(uint32_t index)
{
    Worker& worker = workers_[index];
    std::vector<Job> jobs;
    for (const uint32_t cell : end_->withdraw(index, static_cast<uint32_t>(worker.jobs.size()))) {
        // A child that lies says that it never began what is on its way home.
        if (((worker.out & ~worker.claimed) >> cell & 1) == 0) continue;
        worker.out &= ~(uint64_t{1} << cell);
        jobs.push_back(worker.jobs[cell]);
    }
    if (jobs.empty()) return;
    if (context_.slots.put_back(*worker.parcel, jobs)) {
        worker.parcel.reset();
        idle_.push_back(index);
    }
    context_.pump();
}

// ---- ending

void ChildLane::begin_ending(uint32_t worker, int64_t now)
{
    process_.send({.kind = control::Kind::kStack, .worker = worker, .name = {}, .text = {}});
    if (ending_.has_begun()) return;
    ending_.begin(now);
    context_.slots.set_open(options_.lane, false);
}

void ChildLane::cancel()
{
    stopping_ = true;
    context_.slots.set_open(options_.lane, false);
    if (state_ == State::kUp) process_.send({.kind = control::Kind::kCancel, .name = {}, .text = {}});
}

void ChildLane::end()
{
    if (state_ == State::kUp && is_idle()) {
        process_.send({.kind = control::Kind::kEnd, .name = {}, .text = {}});
    } else {
        process_.kill(SIGTERM);
    }
}

// ---- what status tells

ChildFacts ChildLane::facts(int64_t now) const
{
    return {.name = plan_.name,
            .pid = process_.pid(),
            .restarts = restarts_.count(),
            .is_away = restarts_.library_is_away(now)};
}

void ChildLane::add_stuck(int64_t now, std::vector<Stuck>& out) const
{
    for (uint32_t index = 0; index < workers_.size(); ++index) {
        const Worker& worker = workers_[index];
        if (!worker.parcel) continue;
        const auto cell = running_cell(index);
        if (!cell) continue;
        const int64_t ran = now - begun(worker, index, now);
        if (context_.is_stuck(worker.jobs[*cell].id, ran)) out.push_back({worker.jobs[*cell].id, ran});
    }
}

}  // namespace dumbwaiter
