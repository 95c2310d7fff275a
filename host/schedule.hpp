// SPDX-License-Identifier: BSD-3-Clause
//
// Who is due when. Pure data: no clock, no thread, no sleep; times are nanoseconds on CLOCK_BOOTTIME that the caller
// brings. O(log n) a fire.
#pragma once

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

#include "grid.hpp"
#include "wall_plan.hpp"

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
    // `wall_offset` leads from CLOCK_BOOTTIME to wall time; clock_was_set() tells a new one.
    explicit Schedule(int64_t wall_offset = 0) : wall_offset_(wall_offset) {}

    void reserve(size_t functions)
    {
        entries_.reserve(functions);
        heap_.reserve(functions);
    }

    // Due times of `grid` later than `now`, and once more at `first` (kNever: no extra one). Ids are given out from 0
    // on.
    FunctionId add(const Grid& grid, int64_t now, int64_t first);
    // The same with due times that go by the wall clock.
    FunctionId add(const WallTimes& times, int64_t now, int64_t first);
    // Once at `first`, and never again but for retries and triggers.
    FunctionId add_once(int64_t first);
    // In the list, never due: so that ids stay those of the manifest.
    FunctionId add_disabled();
    // A due time that finds the function running is not skipped: one, the newest, waits and fires after it.
    void queue_overlaps(FunctionId id) { entries_[id].queues = true; }

    // The same three for a function that is there, and not running: nothing of its old plan stays.
    void replace(FunctionId id, const Grid& grid, int64_t now, int64_t first);
    void replace(FunctionId id, const WallTimes& times, int64_t now, int64_t first);
    void replace_once(FunctionId id, int64_t first);
    void replace_disabled(FunctionId id);

    // Appends everything due at `now` to `fires`, in due order. Of several missed due times the newest fires and the
    // rest are skipped; a due time that finds its function running is skipped.
    void take_due(int64_t now, std::vector<Fire>& fires);

    void finished(FunctionId id);
    // Once more at `when`, as attempt number `attempt`; false if the next due time comes no later, which then serves.
    bool retry(FunctionId id, int64_t when, uint32_t attempt);
    // Due at once, beside its due times; if it is running, once more after it, however many triggers come meanwhile.
    // Nothing while it is disabled or suspended.
    void trigger(FunctionId id, int64_t now);
    // Nothing of it any more but what run_now() asks for, until resume().
    void disable(FunctionId id);
    // Its due times from now on; nothing for one that has none.
    void resume(FunctionId id, int64_t now);
    // Once, whatever else is planned or stopped. Not of one that is running.
    void run_now(FunctionId id, int64_t now);
    // Nothing of it before `until`: its due times before that are dropped, and do not count as skipped. One that only
    // triggers make due gets its try at `until`.
    void suspend(FunctionId id, int64_t until);

    // Wall time and CLOCK_BOOTTIME lie apart by something else now: what goes by the wall clock is planned anew.
    void clock_was_set(int64_t now, int64_t wall_offset);
    int64_t wall_offset() const { return wall_offset_; }

    // When to call take_due next, in whole ticks; kNever if nothing is planned.
    int64_t next_wake() const { return heap_.empty() ? kNever : heap_.front().wake; }

    bool has_extra(FunctionId id) const { return entries_[id].extra != kNever; }  // beside its due times
    int64_t next_due(FunctionId id) const { return entries_[id].next; }
    bool running(FunctionId id) const { return entries_[id].running; }
    uint64_t skipped(FunctionId id) const { return entries_[id].skipped; }
    uint64_t skipped() const { return skipped_; }
    // Whose due times were skipped since the last call, each once.
    void take_skippers(std::vector<FunctionId>& ids);
    uint32_t running() const { return running_; }
    // Functions that are running or have something planned.
    bool idle() const { return running_ == 0 && heap_.empty(); }

private:
    enum class Kind : uint8_t { kOff, kNone, kGrid, kWall };
    // A million of them cost nothing but their size: what few functions need is in tables beside them.
    struct Entry {
        Grid grid;
        int64_t next = kNever;   // next due time of the grid or of the wall clock
        int64_t extra = kNever;  // first invocation, retry or trigger
        uint64_t skipped = 0;
        int64_t tick = 1;
        uint32_t place = 0;    // in the heap, plus 1; 0 = not in it
        uint32_t attempt = 0;  // of `extra`
        Kind kind = Kind::kNone;
        bool running = false;
        bool queues = false;    // overlap = "queue"
        bool waits = false;     // while it is running: `extra` comes after its end
        bool queued = false;    // `extra` is a due time
        bool disabled = false;  // triggers do nothing
        bool away = false;      // suspended until away_[id]
        bool skipper = false;   // in skippers_
    };
    static_assert(sizeof(Entry) == 64);
    struct Slot {
        int64_t wake;
        FunctionId id;
    };

    struct Passed {
        int64_t newest;  // due time that is not later than now
        int64_t missed;  // before it
    };

    FunctionId append();
    void reset(FunctionId id, Entry fresh);
    bool fire(FunctionId id, int64_t now, Fire& out);
    Passed pass(FunctionId id, int64_t now);
    void queue(Entry& entry, int64_t due);
    void skip(Entry& entry, int64_t slots);
    int64_t due_from(FunctionId id, int64_t from);
    bool is_away(FunctionId id, int64_t now);
    void replan(FunctionId id);
    void place(uint32_t index, const Slot& slot);
    void sift_up(uint32_t index, Slot slot);
    void sift_down(uint32_t index, Slot slot);
    void remove(uint32_t index);

    std::vector<Entry> entries_;
    std::vector<Slot> heap_;                         // 4-ary, the earliest wake first
    std::unordered_map<FunctionId, WallPlan> wall_;  // of Kind::kWall
    std::unordered_map<FunctionId, int64_t> away_;   // of those that are away
    std::vector<FunctionId> skippers_;
    int64_t wall_offset_;
    uint64_t skipped_ = 0;
    uint32_t running_ = 0;
};

}  // namespace dumbwaiter
