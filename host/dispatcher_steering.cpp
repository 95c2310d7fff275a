// SPDX-License-Identifier: BSD-3-Clause
//
// What a running host can be told to do with a function: pause, resume, refresh.
#include <utility>

#include "clock.hpp"
#include "dispatcher.hpp"
#include "log.hpp"

namespace dumbwaiter {

void Dispatcher::order(std::function<void()> order)
{
    {
        const std::lock_guard lock(mutex_);
        orders_.push_back(std::move(order));
    }
    ask_for_round();
}

void Dispatcher::carry_out_orders()
{
    std::vector<std::function<void()>> orders;
    {
        const std::lock_guard lock(mutex_);
        orders.swap(orders_);
    }
    if (orders.empty()) return;
    take_homecomings();  // they meet things as they are
    for (const auto& order : orders) order();
    note_what_is_awaited();
}

// Before the inbox is looked at again: who comes home after that sees it.
void Dispatcher::note_what_is_awaited()
{
    awaits_homecomings_ = !refreshes_.empty() || !adoptions_.empty() || quarantine_.holds_any();
}

void Dispatcher::pause(FunctionId id)
{
    order([this, id] {
        paused_[id] = true;
        if (const auto at = adoptions_.find(id); at != adoptions_.end()) at->second.is_paused = true;
        schedule_.disable(id);
        keep_promises(id);
    });
}

// A run that somebody waits for is made, though what was planned is planned no more.
void Dispatcher::keep_promises(FunctionId id)
{
    if (refreshes_.waits(id) && !schedule_.running(id)) schedule_.run_now(id, boot_ns());
}

void Dispatcher::forget(FunctionId id, std::function<void(bool)> done)
{
    order([this, id, done = std::move(done)] {
        const bool runs = schedule_.running(id);
        if (!runs) {
            ledger_.restore(id, {});
            finished_[id] = 0;
        }
        done(!runs);
    });
}

void Dispatcher::resume(FunctionId id)
{
    order([this, id] { set_free(id); });
}

void Dispatcher::set_free(FunctionId id)
{
    if (const auto at = adoptions_.find(id); at != adoptions_.end()) {
        at->second.is_paused = false;
        return;  // what it is to do from now on begins when it comes home
    }
    const bool was_away = quarantine_.lift(id);
    if (!was_away && !off_[id] && !paused_[id]) return;
    paused_[id] = off_[id] = false;
    schedule_.resume(id, boot_ns());
    note(id);
}

void Dispatcher::refresh(FunctionId id, const Wish& wish, Refreshes::Done done)
{
    order([this, id, wish, done = std::move(done)]() mutable { start_refresh(id, wish, std::move(done)); });
}

// A paused function runs all the same.
std::string Dispatcher::why_held(FunctionId id) const
{
    const std::string& name = functions_[id].name;
    if (quarantine_.holds(id)) {
        return "it is in quarantine, as its child died of it too often; `dumbwaiter resume " + name + "` lifts that";
    }
    if (off_[id]) return "it has asked to be left alone; `dumbwaiter resume " + name + "` starts it again";
    return {};
}

void Dispatcher::start_refresh(FunctionId id, const Wish& wish, Refreshes::Done done)
{
    const bool takes_older = wish.not_before != std::numeric_limits<int64_t>::max();
    // A stamp from the future, as after a clock that was set back, tells nothing of a value's age.
    const int64_t latest = wall_ns() + 2 * kSecond;
    const auto will_do = [&](int64_t finished) { return finished >= wish.not_before && finished <= latest; };
    if (takes_older && (will_do(wish.finished) || will_do(finished_[id]))) return done({.is_value = true, .fault = {}});
    if (std::string fault = why_held(id); !fault.empty()) return done({.is_value = false, .fault = std::move(fault)});
    if (refreshes_.ask(id, schedule_.running(id), takes_older, std::move(done))) schedule_.run_now(id, boot_ns());
}

void Dispatcher::tell_waiters(const Homecoming& homecoming)
{
    const FunctionId id = homecoming.id;
    Refreshes::Outcome outcome{.is_value = !homecoming.failed, .fault = homecoming.fault};
    if (homecoming.failed && outcome.fault.empty()) outcome.fault = "its run failed, or was cancelled";
    while (refreshes_.ended(id, outcome)) {
        outcome = {.is_value = false, .fault = why_held(id)};
        if (!outcome.fault.empty()) continue;
        schedule_.run_now(id, boot_ns());
        break;
    }
}

}  // namespace dumbwaiter
