// SPDX-License-Identifier: BSD-3-Clause
#include "schedule.hpp"

#include <algorithm>
#include <utility>

namespace dumbwaiter {

namespace {

constexpr int64_t kCoarsestTick = 10'000'000;

int64_t boot_of(int64_t wall, int64_t wall_offset)
{
    return wall == kNever ? kNever : wall - wall_offset;
}

}  // namespace

int64_t tick_of(int64_t frequency)
{
    int64_t tick = kCoarsestTick;
    while (tick > 1 && tick > frequency / 100) tick /= 2;
    return tick;
}

FunctionId Schedule::append()
{
    entries_.emplace_back();
    return static_cast<FunctionId>(entries_.size() - 1);
}

void Schedule::reset(FunctionId id, Entry fresh)
{
    Entry& entry = entries_[id];
    fresh.skipped = entry.skipped;
    fresh.skipper = entry.skipper;
    fresh.place = entry.place;
    entry = fresh;
    away_.erase(id);
    replan(id);
}

void Schedule::replace(FunctionId id, const Grid& grid, int64_t now, int64_t first)
{
    reset(
        id,
        {.grid = grid, .next = grid.after(now), .extra = first, .tick = tick_of(grid.frequency), .kind = Kind::kGrid});
}

void Schedule::replace(FunctionId id, const WallTimes& times, int64_t now, int64_t first)
{
    const WallPlan& plan = wall_.insert_or_assign(id, WallPlan(times, now + wall_offset_)).first->second;
    reset(id, {.next = boot_of(plan.next(), wall_offset_),
               .extra = first,
               .tick = times.frequency() > 0 ? tick_of(times.frequency()) : kCoarsestTick,
               .kind = Kind::kWall});
}

void Schedule::replace_once(FunctionId id, int64_t first)
{
    reset(id, {.extra = first});
}

void Schedule::replace_disabled(FunctionId id)
{
    reset(id, {.kind = Kind::kOff, .disabled = true});
}

FunctionId Schedule::add(const Grid& grid, int64_t now, int64_t first)
{
    const FunctionId id = append();
    replace(id, grid, now, first);
    return id;
}

FunctionId Schedule::add(const WallTimes& times, int64_t now, int64_t first)
{
    const FunctionId id = append();
    replace(id, times, now, first);
    return id;
}

FunctionId Schedule::add_once(int64_t first)
{
    const FunctionId id = append();
    replace_once(id, first);
    return id;
}

FunctionId Schedule::add_disabled()
{
    const FunctionId id = append();
    replace_disabled(id);
    return id;
}

void Schedule::take_due(int64_t now, std::vector<Fire>& fires)
{
    const size_t before = fires.size();
    while (!heap_.empty() && heap_.front().wake <= now) {
        const FunctionId id = heap_.front().id;
        Fire out{};
        if (fire(id, now, out)) fires.push_back(out);
        replan(id);
    }
    // Of one instant by id, which is by name: what is stored together then lies together.
    std::ranges::sort(fires.begin() + static_cast<std::ptrdiff_t>(before), fires.end(), {},
                      [](const Fire& fire) { return std::pair(fire.due, fire.id); });
}

bool Schedule::fire(FunctionId id, int64_t now, Fire& out)
{
    Entry& entry = entries_[id];
    int64_t due = kNever;
    uint32_t attempt = 0;
    bool queued = false;
    if (!entry.waits && entry.extra <= now) {
        due = std::exchange(entry.extra, kNever);
        attempt = entry.attempt;
        queued = std::exchange(entry.queued, false);
    }
    if (entry.next <= now) {
        const Passed passed = pass(id, now);
        skip(entry, passed.missed + (queued ? 1 : 0));
        if (entry.running) {
            entry.queues ? queue(entry, passed.newest) : skip(entry, 1);
            return false;
        }
        // A due time serves a waiting retry or first invocation as well.
        due = passed.newest;
        attempt = 0;
        entry.extra = kNever;
    }
    if (entry.running || due == kNever) return false;
    entry.running = true;
    ++running_;
    out = {.id = id, .attempt = attempt, .due = due};
    return true;
}

// Takes the due times until `now`, of which there is one, and goes on to the next.
Schedule::Passed Schedule::pass(FunctionId id, int64_t now)
{
    Entry& entry = entries_[id];
    if (entry.kind == Kind::kWall) {
        WallPlan& plan = wall_.at(id);
        const WallPlan::Passed passed = plan.pass(now + wall_offset_);
        entry.next = boot_of(plan.next(), wall_offset_);
        return {passed.newest - wall_offset_, passed.missed};
    }
    const int64_t first = entry.next;
    entry.next = entry.grid.after(now);
    const int64_t newest = entry.next - entry.grid.frequency;
    return {newest, (newest - first) / entry.grid.frequency};
}

// Behind the invocation that runs; only the newest waits.
void Schedule::queue(Entry& entry, int64_t due)
{
    if (entry.queued) skip(entry, 1);
    entry.waits = entry.queued = true;
    entry.extra = due;
    entry.attempt = 0;
}

void Schedule::skip(Entry& entry, int64_t slots)
{
    if (slots == 0) return;
    entry.skipped += static_cast<uint64_t>(slots);
    skipped_ += static_cast<uint64_t>(slots);
    if (std::exchange(entry.skipper, true)) return;
    skippers_.push_back(static_cast<FunctionId>(&entry - entries_.data()));
}

void Schedule::take_skippers(std::vector<FunctionId>& ids)
{
    for (const FunctionId id : skippers_) entries_[id].skipper = false;
    ids.clear();
    ids.swap(skippers_);
}

void Schedule::finished(FunctionId id)
{
    Entry& entry = entries_[id];
    if (!entry.running) return;
    entry.running = false;
    --running_;
    if (std::exchange(entry.waits, false)) replan(id);
}

bool Schedule::retry(FunctionId id, int64_t when, uint32_t attempt)
{
    Entry& entry = entries_[id];
    if (when >= std::min(entry.next, entry.extra)) return false;
    entry.extra = when;
    entry.attempt = attempt;
    replan(id);
    return true;
}

void Schedule::trigger(FunctionId id, int64_t now)
{
    Entry& entry = entries_[id];
    if (entry.disabled || is_away(id, now) || entry.waits || entry.extra <= now) return;
    entry.waits = entry.running;
    // It serves a retry that waits as well.
    entry.extra = now;
    entry.attempt = 0;
    replan(id);
}

void Schedule::disable(FunctionId id)
{
    Entry& entry = entries_[id];
    entry.next = entry.extra = kNever;
    entry.waits = entry.queued = false;
    entry.disabled = true;
    replan(id);
}

void Schedule::resume(FunctionId id, int64_t now)
{
    Entry& entry = entries_[id];
    entry.disabled = entry.kind == Kind::kOff;
    entry.away = false;
    away_.erase(id);
    entry.next = due_from(id, now + 1);
    replan(id);
}

void Schedule::run_now(FunctionId id, int64_t now)
{
    entries_[id].extra = now;
    entries_[id].attempt = 0;
    replan(id);
}

void Schedule::suspend(FunctionId id, int64_t until)
{
    Entry& entry = entries_[id];
    const bool only_triggers = entry.kind == Kind::kNone && !entry.disabled;
    entry.away = true;
    away_[id] = until;
    entry.waits = entry.queued = false;
    entry.extra = only_triggers ? until : kNever;
    entry.attempt = 0;
    if (entry.next != kNever) entry.next = std::max(entry.next, due_from(id, until));
    replan(id);
}

// The first due time that is not before `from`; the plan goes on to it.
int64_t Schedule::due_from(FunctionId id, int64_t from)
{
    const Entry& entry = entries_[id];
    if (entry.kind == Kind::kGrid) return entry.grid.after(from - 1);
    if (entry.kind != Kind::kWall) return kNever;
    WallPlan& plan = wall_.at(id);
    plan.skip_until(from + wall_offset_);
    return boot_of(plan.next(), wall_offset_);
}

bool Schedule::is_away(FunctionId id, int64_t now)
{
    if (!entries_[id].away) return false;
    if (now < away_.at(id)) return true;
    entries_[id].away = false;
    away_.erase(id);
    return false;
}

void Schedule::clock_was_set(int64_t now, int64_t wall_offset)
{
    wall_offset_ = wall_offset;
    for (auto& [id, plan] : wall_) {
        Entry& entry = entries_[id];
        plan.clock_was_set(now + wall_offset);
        if (entry.disabled || entry.kind != Kind::kWall) continue;
        if (entry.away && now < away_.at(id)) plan.skip_until(away_.at(id) + wall_offset);
        entry.next = boot_of(plan.next(), wall_offset);
        replan(id);
    }
}

}  // namespace dumbwaiter
