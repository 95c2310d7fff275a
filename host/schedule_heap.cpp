// SPDX-License-Identifier: BSD-3-Clause
//
// The order of a schedule's wake-ups: a 4-ary heap whose entries know their place.
#include <algorithm>

#include "schedule.hpp"

namespace dumbwaiter {

namespace {

constexpr uint32_t kArity = 4;

int64_t round_up(int64_t time, int64_t tick)
{
    if (time == kNever) return kNever;
    return (time + tick - 1) / tick * tick;
}

}  // namespace

void Schedule::replan(FunctionId id)
{
    const Entry& entry = entries_[id];
    const int64_t wake = round_up(entry.waits ? entry.next : std::min(entry.next, entry.extra), entry.tick);
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
