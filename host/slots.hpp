// SPDX-License-Identifier: BSD-3-Clause
//
// Which jobs may run now: the queue between the schedule and those who run functions. Pure data: no clock, no thread.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "executor.hpp"

namespace dumbwaiter {

// Where a function runs, and what it must not run beside.
struct Place {
    static constexpr uint32_t kFree = 0;

    uint32_t lane = 0;        // threads of the host, or one child
    uint32_t library = 0;     // whose share of the slots that are given back it uses
    uint32_t serial = kFree;  // functions of one group never run at the same time
    uint32_t local = 0;       // the number under which its child knows it
};

// Jobs that one worker runs one after the other: one slot is taken for all of them. A wake-up costs more than a short
// function does, so short ones that are due together go over together.
struct Parcel {
    uint32_t id = 0;
    uint32_t lane = 0;
    std::vector<Job> jobs;
};

// A slot is taken while a parcel is out. One whose job has run for long gives its slot back, so that nothing that hangs
// stops the rest. Thread-compatible.
class Slots {
public:
    struct Options {
        uint32_t slots = 4;                // at least 1
        bool gives_back = true;            // false: one at a time means one at a time
        uint32_t extra = 256;              // slots given back at once, in all
        uint32_t extra_of_a_library = 32;  // and for one library
        int64_t parcel_ns = 2'000'000;     // what a parcel takes at most, by what its functions took before
        size_t parcel_jobs = 1024;         // and of how many jobs it is
    };

    Slots(std::vector<Place> places, const Options& options);

    // A function that has no job here; one that is not known yet as well.
    void set_place(FunctionId id, const Place& place);
    void submit(std::span<const Job> jobs);
    // What to run next, in the order in which the jobs came; none if no slot is free or nothing may run.
    std::optional<Parcel> take();
    // One job of a parcel has come back, after `took`. True if it was the last one: its slot is free.
    bool finished(uint32_t parcel, FunctionId id, int64_t took);
    // Jobs of a parcel that did not start: they go back to the head of the queue, in their order.
    bool put_back(uint32_t parcel, std::span<const Job> jobs);
    // The parcel keeps running without a slot; false where the bounds forbid it.
    bool give_back(uint32_t parcel);

    // Jobs of a closed lane wait. Lanes are open at first.
    void set_open(uint32_t lane, bool is_open);
    // At most so many parcels of a lane at once.
    void set_width(uint32_t lane, uint32_t parcels);
    // At most so many jobs in each of a lane's parcels, where that is less than for all.
    void set_parcel_jobs(uint32_t lane, size_t jobs);
    bool has_waiting(uint32_t lane) const;
    // Nothing of it waits or is out, in its groups and libraries neither.
    bool is_quiet(uint32_t lane) const;
    // Takes the jobs of a lane that wait.
    std::vector<Job> drop(uint32_t lane);
    void drop_all();

    uint32_t out() const { return out_; }                // parcels
    uint32_t given_back() const { return given_back_; }  // those without a slot
    const Place& place(FunctionId id) const { return places_[id]; }

private:
    struct Waiting {
        uint64_t order;
        Job job;
    };
    struct Lane {
        std::deque<Waiting> queue;
        uint32_t out = 0, width = std::numeric_limits<uint32_t>::max();
        size_t parcel_jobs = std::numeric_limits<size_t>::max();
        bool is_open = true;
    };
    struct Out {
        uint32_t lane = 0, library = 0;
        uint32_t left = 0;  // jobs that have not come back; 0 = this place is free
        bool gave_back = false;
        std::vector<uint32_t> serials;  // groups that it keeps busy
    };
    struct Serial {
        bool busy = false;
        std::deque<Waiting> waiting;
    };
    struct Library {
        uint32_t out = 0, given_back = 0;
    };

    void make_room(const Place& place);
    void line_up(uint32_t lane);
    bool may_start(Lane& lane);
    bool waits_for_others(const Waiting& head);
    void fill(Parcel& parcel, Out& out, Lane& lane);
    bool fits(const Waiting& next, const Out& out, uint64_t others) const;
    void claim(const Job& job, Out& out);
    void back_to_head(Waiting waiting);
    void release(Out& out);
    int64_t expected(FunctionId id) const;

    const Options options_;
    std::vector<Place> places_;
    std::vector<uint32_t> took_;  // microseconds, of each function's last run; 0 = not known
    std::vector<Lane> lanes_;
    std::vector<Serial> serials_;
    std::unordered_map<uint32_t, Library> libraries_;
    // By library, of those that have some: an empty queue takes half a KiB, and each new version is a library.
    std::unordered_map<uint32_t, std::deque<Waiting>> held_back_;
    std::set<std::pair<uint64_t, uint32_t>> line_;  // lanes that may start something, by the order of their first job
    std::vector<Out> parcels_;
    std::vector<uint32_t> free_;
    uint64_t order_ = 0;
    uint32_t out_ = 0, given_back_ = 0;
};

}  // namespace dumbwaiter
