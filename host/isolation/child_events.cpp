// SPDX-License-Identifier: BSD-3-Clause
//
// What the spawner and the child itself tell of a child, over their sockets.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

#include "child_lane.hpp"
#include "log.hpp"

namespace dumbwaiter {

void ChildLane::on_event(const Spawner::Event& event)
{
    const std::unique_lock lock(context_.mutex);
    if (!process_.is_meant_by(event)) {
        if (event.process >= 0) ::close(event.process);
        return;
    }
    switch (event.kind) {
        case Spawner::Event::Kind::kStarted: process_.has_started(event); break;
        case Spawner::Event::Kind::kNotStarted:
            load_fault_ = fmt::format("the system makes no process for it ({})", ::strerror(event.status));
            [[fallthrough]];
        case Spawner::Event::Kind::kEnded: has_died(event.status); break;
        case Spawner::Event::Kind::kRenewed:
        case Spawner::Event::Kind::kAlone:
        case Spawner::Event::Kind::kAccompanied: break;  // of no lane
    }
}

void ChildLane::die_with_spawner()
{
    const std::unique_lock lock(context_.mutex);
    if (state_ == State::kDown || bury_) return;
    died_with_spawner_ = true;
    process_.kill(SIGKILL);  // it is on its way
    has_died(SIGKILL);
}

void ChildLane::has_died(int status)
{
    status_ = status;
    context_.slots.set_open(options_.lane, false);
    bury_ = true;
    if (end_) end_->end_waiting();
}

void ChildLane::read_socket()
{
    while (true) {
        bool gone = false;
        const auto message = process_.receive(gone);
        if (gone) {
            const std::lock_guard lock(context_.mutex);
            process_.close_socket();
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
            // Said before it died, or spoilt its channel, and heard after.
            if (state_ != State::kStarting || bury_ || !load_fault_.empty()) return;
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
        case control::Kind::kStands: ending_.answered(); return;
        default: return;
    }
}

// With fewer threads than asked for everything runs, only later; with none it does not.
void ChildLane::lose_worker(uint32_t index)
{
    if (bury_ || index >= workers_.size() || !workers_[index].exists) return;
    workers_[index].exists = false;
    withdraw_rest(index);
    std::erase(idle_, index);
    width_ = static_cast<uint32_t>(std::ranges::count(workers_, true, &Worker::exists));
    if (width_ > 0) return set_width();
    load_fault_ = "the system gives it no thread";
    process_.kill(SIGKILL);
}

}  // namespace dumbwaiter
