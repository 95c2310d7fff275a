// SPDX-License-Identifier: BSD-3-Clause
#include "schedule.hpp"

#include <algorithm>
#include <utility>

namespace dumbwaiter {

namespace {

constexpr int64_t kCoarsestTick = 10'000'000;
constexpr uint32_t kArity = 4;

int64_t round_up(int64_t time, int64_t tick)
{
    if (time == kNever) return kNever;
    return (time + tick - 1) / tick * tick;
}

}  // namespace

int64_t tick_of(int64_t frequency)
{
    int64_t tick = kCoarsestTick;
    while (tick > 1 && tick > frequency / 100) tick /= 2;
    return tick;
}

FunctionId Schedule::append(const Entry& entry)
{
    entries_.push_back(entry);
    const auto id = static_cast<FunctionId>(entries_.size() - 1);
    replan(id);
    return id;
}

FunctionId Schedule::add(const Grid& grid, int64_t now, int64_t first)
{
    return append(
        {.grid = grid, .next = grid.after(now), .extra = first, .tick = tick_of(grid.frequency), .has_grid = true});
}

void Schedule::replace(FunctionId id, const Grid& grid, int64_t now, int64_t first)
{
    Entry& entry = entries_[id];
    entry.grid = grid;
    entry.has_grid = true;
    entry.next = grid.after(now);
    entry.extra = first;
    entry.attempt = 0;
    entry.tick = tick_of(grid.frequency);
    replan(id);
}

FunctionId Schedule::add_once(int64_t first)
{
    return append({.extra = first});
}

FunctionId Schedule::add_disabled()
{
    return append({});
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
    const int64_t extra = std::exchange(entry.extra, entry.extra <= now ? kNever : entry.extra);
    int64_t due = extra <= now ? extra : kNever;
    uint32_t attempt = extra <= now ? entry.attempt : 0;

    if (entry.next <= now) {
        const int64_t first = entry.next;
        entry.next = entry.grid.after(now);
        const int64_t newest = entry.next - entry.grid.frequency;
        const int64_t missed = (newest - first) / entry.grid.frequency;
        skip(entry, missed + (entry.running ? 1 : 0));
        // A due time serves a waiting retry or first invocation as well.
        due = newest;
        attempt = 0;
        entry.extra = kNever;
    }
    if (entry.running || due == kNever) return false;
    entry.running = true;
    ++running_;
    out = {.id = id, .attempt = attempt, .due = due};
    return true;
}

void Schedule::skip(Entry& entry, int64_t slots)
{
    entry.skipped += static_cast<uint64_t>(slots);
    skipped_ += static_cast<uint64_t>(slots);
}

void Schedule::finished(FunctionId id)
{
    if (!entries_[id].running) return;
    entries_[id].running = false;
    --running_;
}

bool Schedule::retry(FunctionId id, int64_t when, uint32_t attempt)
{
    Entry& entry = entries_[id];
    if (when >= entry.next) return false;
    entry.extra = when;
    entry.attempt = attempt;
    replan(id);
    return true;
}

void Schedule::disable(FunctionId id)
{
    entries_[id].next = entries_[id].extra = kNever;
    replan(id);
}

void Schedule::resume(FunctionId id, int64_t now)
{
    Entry& entry = entries_[id];
    if (entry.has_grid) entry.next = entry.grid.after(now);
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
    entry.extra = kNever;
    if (entry.next != kNever) entry.next = std::max(entry.next, entry.grid.after(until - 1));
    replan(id);
}

void Schedule::replan(FunctionId id)
{
    const Entry& entry = entries_[id];
    const int64_t wake = round_up(std::min(entry.next, entry.extra), entry.tick);
    if (wake == kNever) {
        if (entry.place != 0) remove(entry.place - 1);
        return;
    }
    const Slot slot{wake, id};
    if (entry.place == 0) {
        heap_.push_back(slot);
        sift_up(static_cast<uint32_t>(heap_.size() - 1), slot);
    } else if (wake < heap_[entry.place - 1].wake) {
        sift_up(entry.place - 1, slot);
    } else {
        sift_down(entry.place - 1, slot);
    }
}

void Schedule::place(uint32_t index, const Slot& slot)
{
    heap_[index] = slot;
    entries_[slot.id].place = index + 1;
}

void Schedule::sift_up(uint32_t index, Slot slot)
{
    while (index > 0) {
        const uint32_t parent = (index - 1) / kArity;
        if (heap_[parent].wake <= slot.wake) break;
        place(index, heap_[parent]);
        index = parent;
    }
    place(index, slot);
}

void Schedule::sift_down(uint32_t index, Slot slot)
{
    const auto size = static_cast<uint32_t>(heap_.size());
    while (true) {
        const uint32_t first = index * kArity + 1;
        if (first >= size) break;
        uint32_t least = first;
        for (uint32_t child = first + 1; child < std::min(first + kArity, size); ++child) {
            if (heap_[child].wake < heap_[least].wake) least = child;
        }
        if (slot.wake <= heap_[least].wake) break;
        place(index, heap_[least]);
        index = least;
    }
    place(index, slot);
}

void Schedule::remove(uint32_t index)
{
    entries_[heap_[index].id].place = 0;
    const Slot last = heap_.back();
    heap_.pop_back();
    if (index == heap_.size()) return;
    const bool up = index > 0 && last.wake < heap_[(index - 1) / kArity].wake;
    up ? sift_up(index, last) : sift_down(index, last);
}

}  // namespace dumbwaiter
