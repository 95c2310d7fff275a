// SPDX-License-Identifier: BSD-3-Clause
//
// Who is due when. Pure data: no clock, no thread, no sleep; times are nanoseconds on CLOCK_BOOTTIME that the caller
// brings. O(log n) a fire.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "grid.hpp"

namespace dumbwaiter {

using FunctionId = uint32_t;  // index into the manifest's functions

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// The grain in which wake-ups are shared: a power-of-two fraction of 10 ms, no coarser than a hundredth of the
// frequency.
int64_t tick_of(int64_t frequency);

struct Fire {
    FunctionId id;
    uint32_t attempt;  // 0 = the due invocation, 1.. = its retries
    int64_t due;
};

// Thread-compatible. A function is either idle or running: take_due() makes it running, finished() idle again.
class Schedule {
public:
    // Due times of `grid` later than `now`, and once more at `first` (kNever: no extra one). Ids are given out from 0
    // on.
    FunctionId add(const Grid& grid, int64_t now, int64_t first);
    // Once at `first`, and never again but for retries.
    FunctionId add_once(int64_t first);
    // In the list, never due: so that ids stay those of the manifest.
    FunctionId add_disabled();

    // Another grid for a function that is not running, with what add() says; nothing of the old one stays.
    void replace(FunctionId id, const Grid& grid, int64_t now, int64_t first);

    // Appends everything due at `now` to `fires`, in due order. Of several missed due times the newest fires and the
    // rest are skipped; a due time that finds its function running is skipped.
    void take_due(int64_t now, std::vector<Fire>& fires);

    void finished(FunctionId id);
    // Once more at `when`, as attempt number `attempt`; false if the next due time comes no later, which then serves.
    bool retry(FunctionId id, int64_t when, uint32_t attempt);
    // Nothing of it any more but what run_now() asks for, until resume().
    void disable(FunctionId id);
    // Its grid's due times from now on; nothing for one that has no grid.
    void resume(FunctionId id, int64_t now);
    // Once, whatever else is planned or stopped. Not of one that is running.
    void run_now(FunctionId id, int64_t now);
    // Nothing of it before `until`: its due times before that are dropped, and do not count as skipped.
    void suspend(FunctionId id, int64_t until);

    // When to call take_due next, in whole ticks; kNever if nothing is planned.
    int64_t next_wake() const { return heap_.empty() ? kNever : heap_.front().wake; }

    int64_t next_due(FunctionId id) const { return entries_[id].next; }
    bool running(FunctionId id) const { return entries_[id].running; }
    uint64_t skipped(FunctionId id) const { return entries_[id].skipped; }
    uint64_t skipped() const { return skipped_; }
    uint32_t running() const { return running_; }
    // Functions that are running or have something planned.
    bool idle() const { return running_ == 0 && heap_.empty(); }

private:
    struct Entry {
        Grid grid;
        int64_t next = kNever;   // next due time of the grid
        int64_t extra = kNever;  // first invocation or retry
        uint64_t skipped = 0;
        int64_t tick = 1;
        uint32_t place = 0;    // in the heap, plus 1; 0 = not in it
        uint32_t attempt = 0;  // of `extra`
        bool running = false;
        bool has_grid = false;
    };
    struct Slot {
        int64_t wake;
        FunctionId id;
    };

    FunctionId append(const Entry& entry);
    bool fire(FunctionId id, int64_t now, Fire& out);
    void skip(Entry& entry, int64_t slots);
    void replan(FunctionId id);
    void place(uint32_t index, const Slot& slot);
    void sift_up(uint32_t index, Slot slot);
    void sift_down(uint32_t index, Slot slot);
    void remove(uint32_t index);

    std::vector<Entry> entries_;
    std::vector<Slot> heap_;  // 4-ary, the earliest wake first
    uint64_t skipped_ = 0;
    uint32_t running_ = 0;
};

}  // namespace dumbwaiter
