// SPDX-License-Identifier: BSD-3-Clause
//
// Starting, feeding, watching and ending a child. What comes back from it is in child_receiver.cpp.
#include "child_lane.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <csignal>
#include <utility>

#include "clock.hpp"
#include "log.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kStackTime = 60 * kMillisecond;  // for the answer to kStack
constexpr int64_t kTermTime = 500 * kMillisecond;  // from SIGTERM to SIGKILL
constexpr int64_t kStartTime = 30 * kSecond;       // for the library to load

void close_and_forget(int& descriptor)
{
    if (descriptor >= 0) ::close(descriptor);
    descriptor = -1;
}

// A pair of ends for one child: ours does not block.
bool make_socket(int (&ends)[2])
{
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return true;
}

bool make_pipe(int (&ends)[2])
{
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return true;
}

}  // namespace

ChildLane::ChildLane(const LaneContext& context, const ChildPlan& plan, HostServices& services, Spawner& spawner,
                     const Options& options)
    : context_(context), plan_(plan), services_(services), spawner_(spawner), options_(options),
      captured_{logged_output(plan.name, "stdout"), logged_output(plan.name, "stderr")}
{
    width_ = options_.workers;
    context_.slots.set_width(options_.lane, width_);
    context_.slots.set_open(options_.lane, false);
}

ChildLane::~ChildLane()
{
    if (receiver_.joinable()) receiver_.join();
    close_and_forget(process_);
    close_descriptors();
}

bool ChildLane::wants_start() const
{
    return state_ == State::kDown && !stopping_ && context_.slots.has_waiting(options_.lane);
}

bool ChildLane::is_idle() const
{
    return std::ranges::none_of(workers_, [](const Worker& worker) { return worker.parcel.has_value(); });
}

// What it still had to say is read first.
void ChildLane::close_descriptors()
{
    for (size_t stream = 0; stream < kStreams; ++stream) {
        if (output_[stream] < 0) continue;
        read_output(stream);
        captured_[stream].finish();
        close_and_forget(output_[stream]);
    }
    close_and_forget(socket_);
}

void ChildLane::tend(int64_t now, std::vector<Delivery>& deliveries)
{
    if (state_ == State::kDown) close_descriptors();
    for (CapturedOutput& captured : captured_) captured.tend(now);
    if (wants_start()) {
        if (now >= restarts_.next_start()) {
            start(now);
        } else if (restarts_.library_is_away(now)) {
            fail_waiting(fmt::format("{} is in quarantine: it died too often while it was loaded: {}", plan_.name,
                                     load_fault_),
                         deliveries);
        }
        return;
    }
    if (state_ == State::kStarting && now - step_at_ > kStartTime && step_ == Step::kNone) {
        load_fault_ = "it hung while it was loaded";
        kill(SIGKILL);
        step_ = Step::kKillSent;
    }
    if (state_ == State::kUp) {
        for (uint32_t index = 0; index < workers_.size(); ++index) look_at(index, now);
    }
    escalate(now);
}

void ChildLane::start(int64_t now)
{
    if (receiver_.joinable()) receiver_.join();
    int socket[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
    auto memory = channel::Memory::make(channel::Layout::of(options_.workers, options_.largest_result));
    Status asked;
    if (!memory) {
        asked = std::unexpected(memory.error());
    } else if (!make_socket(socket) || !make_pipe(out) || !make_pipe(err)) {
        asked = failure(Code::kIo, "the system gives no more descriptors");
    } else {
        asked = spawner_.start({.lane = options_.lane,
                                .ticket = ++ticket_,
                                .layout = memory->layout(),
                                .memory = memory->descriptor(),
                                .socket = socket[1],
                                .out = out[1],
                                .err = err[1]});
    }
    for (int* theirs : {&socket[1], &out[1], &err[1]}) close_and_forget(*theirs);
    socket_ = socket[0];
    output_ = {out[0], err[0]};
    if (!asked) {
        log(LogLevel::kError, "child", "cannot be started", {{"library", plan_.name}, {"error", asked.error().message}});
        close_descriptors();
        restarts_.died(Restarts::Reason::kFunction, now);
        return;
    }
    memory->close_descriptor();
    end_ = std::make_unique<channel::HostEnd>(std::move(*memory));
    workers_.clear();
    workers_.resize(options_.workers);
    width_ = options_.workers;
    context_.slots.set_width(options_.lane, careful_ > 0 ? 1 : width_);
    idle_.clear();
    for (uint32_t i = options_.workers; i > 0; --i) idle_.push_back(i - 1);
    state_ = State::kStarting;
    step_ = Step::kNone;
    step_at_ = now;
    was_ready_ = false;
    bury_ = false;
    load_fault_.clear();
    receiver_ = std::thread([this] { receive(); });
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

void ChildLane::post(Parcel&& parcel)
{
    const uint32_t index = idle_.back();
    idle_.pop_back();
    Worker& worker = workers_[index];
    worker.parcel = parcel.id;
    worker.jobs = std::move(parcel.jobs);
    worker.out = worker.jobs.size() == 64 ? ~uint64_t{0} : (uint64_t{1} << worker.jobs.size()) - 1;
    worker.claimed = 0;
    worker.posted = worker.last_home = monotonic_ns();
    worker.gave_back = worker.timed_out = false;
    end_->post(index, worker.jobs);
    if (!std::exchange(worker.exists, true)) {
        control::send(socket_, {.kind = control::Kind::kAddWorker, .worker = index, .name = {}, .text = {}}, false);
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
    const FunctionSpec& spec = context_.manifest.functions[worker.jobs[first].id];
    if (ran >= context_.patience_ns && !worker.gave_back && context_.slots.give_back(*worker.parcel)) {
        worker.gave_back = true;
        relax_after(worker.jobs[first]);
        worker.jobs[first].again = false;
        log(LogLevel::kWarning, "child", "runs for long, and gives its slot to others", {{"name", spec.name}});
        context_.pump();
    }
    const int64_t timeout = spec.timeout.count();
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
        if ((worker.out >> cell & 1) == 0) continue;
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
    control::send(socket_, {.kind = control::Kind::kStack, .worker = worker, .name = {}, .text = {}}, false);
    if (step_ != Step::kNone) return;
    step_ = Step::kStackAsked;
    step_at_ = now;
    context_.slots.set_open(options_.lane, false);
}

// Politely, then not: each step gets its time.
void ChildLane::escalate(int64_t now)
{
    if (step_ == Step::kStackAsked && now - step_at_ >= kStackTime) {
        kill(SIGTERM);
        step_ = Step::kTermSent;
        step_at_ = now;
    } else if (step_ == Step::kTermSent && now - step_at_ >= kTermTime) {
        kill(SIGKILL);
        step_ = Step::kKillSent;
        step_at_ = now;
    }
}

void ChildLane::kill(int number)
{
    if (process_ >= 0) ::syscall(SYS_pidfd_send_signal, process_, number, nullptr, 0);
}

void ChildLane::cancel()
{
    stopping_ = true;
    context_.slots.set_open(options_.lane, false);
    if (state_ == State::kUp) control::send(socket_, {.kind = control::Kind::kCancel, .name = {}, .text = {}}, false);
}

void ChildLane::end()
{
    stopping_ = true;
    if (state_ == State::kUp) {
        control::send(socket_, {.kind = control::Kind::kEnd, .name = {}, .text = {}}, false);
    } else if (state_ != State::kDown) {
        kill(SIGKILL);
    }
}

// ---- what status tells

ChildFacts ChildLane::facts(int64_t now) const
{
    return {.name = plan_.name, .pid = pid_, .restarts = restarts_.count(), .is_away = restarts_.library_is_away(now)};
}

void ChildLane::add_stuck(int64_t now, std::vector<Stuck>& out) const
{
    for (uint32_t index = 0; index < workers_.size(); ++index) {
        const Worker& worker = workers_[index];
        if (!worker.parcel) continue;
        const auto cell = running_cell(index);
        if (!cell || now - begun(worker, index, now) < context_.patience_ns) continue;
        out.push_back({worker.jobs[*cell].id, now - begun(worker, index, now)});
    }
}

// ---- the supervisor's

void ChildLane::on_event(const Spawner::Event& event)
{
    const std::unique_lock lock(context_.mutex);
    if (event.ticket != ticket_) {
        if (event.process >= 0) ::close(event.process);
        return;
    }
    switch (event.kind) {
        case Spawner::Event::Kind::kStarted:
            pid_ = event.pid;
            process_ = event.process;
            break;
        case Spawner::Event::Kind::kNotStarted:
            load_fault_ = fmt::format("the system makes no process for it ({})", ::strerror(event.status));
            [[fallthrough]];
        case Spawner::Event::Kind::kEnded:
            status_ = event.status;
            context_.slots.set_open(options_.lane, false);
            bury_ = true;
            if (end_) end_->end_waiting();
            break;
    }
}

void ChildLane::read_socket()
{
    while (true) {
        bool gone = false;
        const auto message = control::receive(socket_, gone);
        if (gone) {
            const std::lock_guard lock(context_.mutex);
            close_and_forget(socket_);
        }
        if (!message) return;
        if (message->kind == control::Kind::kLog) {
            services_.log(message->name, message->number, message->text);
            continue;
        }
        const std::unique_lock lock(context_.mutex);
        obey(*message);
    }
}

void ChildLane::obey(const control::Message& message)
{
    switch (message.kind) {
        case control::Kind::kReady:
            if (state_ != State::kStarting || was_ready_) return;
            was_ready_ = true;
            state_ = State::kUp;
            if (stopping_) return;
            context_.slots.set_open(options_.lane, true);
            context_.pump();
            return;
        case control::Kind::kFailed: load_fault_ = message.text; return;
        case control::Kind::kNoThread:
            log(LogLevel::kError, "child", "the system gives no more threads",
                {{"library", plan_.name}, {"error", message.text}});
            lose_worker(message.worker);
            return;
        case control::Kind::kStands:
            if (step_ == Step::kStackAsked) step_at_ = 0;
            return;
        default: return;
    }
}

// With fewer threads than asked for everything runs, only later; with none it does not.
void ChildLane::lose_worker(uint32_t index)
{
    if (index >= workers_.size() || !workers_[index].exists) return;
    workers_[index].exists = false;
    withdraw_rest(index);
    std::erase(idle_, index);
    width_ = static_cast<uint32_t>(std::ranges::count(workers_, true, &Worker::exists));
    if (width_ > 0) return context_.slots.set_width(options_.lane, careful_ > 0 ? 1 : width_);
    load_fault_ = "the system gives it no thread";
    kill(SIGKILL);
}

// A library that floods its output has to share this thread: so much at a time.
void ChildLane::read_output(size_t stream)
{
    char block[64 * 1024];
    ssize_t size = 0;
    for (int i = 0; i < 16 && (size = ::read(output_[stream], block, sizeof block)) > 0; ++i) {
        captured_[stream].feed({block, static_cast<size_t>(size)}, monotonic_ns());
    }
    if (size == 0) close_and_forget(output_[stream]);  // it has closed its own
}

}  // namespace dumbwaiter
