// SPDX-License-Identifier: BSD-3-Clause
//
// Results on their way into the store: one writer thread commits all that wait together. No plugin code runs on it.
// Where a commit does not wait for the disk, whoever is awake may commit what waits, as waking the writer costs more.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "document_batch.hpp"
#include "event.hpp"
#include "manifest.hpp"
#include "store.hpp"
#include "timer.hpp"

namespace dumbwaiter {

class Sink {
public:
    struct Options {
        int64_t commit_interval_ns = 10'000'000;  // how long a result may wait for others; 0 = commit at once
        bool sync_each_second = false;            // durability = "relaxed"
        bool bringers_commit = false;  // durability = "volatile". With no interval push() commits a value alone
        int64_t burst_ns = 200'000;    // one that comes so soon after another is not alone: the writer groups them
    };
    struct Numbers {
        uint64_t pending = 0, commits = 0, failures = 0, dropped = 0;
        uint64_t rounds = 0;  // how often the writer woke
        std::string last_error;
    };

    Sink(Store& store, const Options& options);
    ~Sink();  // commits what waits, however long that takes: call finish() first

    // Thread-safe, never waits for a sync. Order is kept.
    void push(Append&& append);
    bool bringers_commit() const { return options_.bringers_commit; }
    // A value is in the store when push() returns, unless others come with it.
    bool commits_at_once() const { return options_.bringers_commit && options_.commit_interval_ns == 0; }
    // Commits what waits, on the calling thread, if that thread may, and waiting for others would be in vain or has
    // been long enough: the next results are to be expected in `others_in_ns`. Thread-safe.
    void commit_in_passing(int64_t others_in_ns);
    // A document of the store's own, committed at once, with the results that wait.
    void put(Store::Put&& document);

    // Called after each commit, by whoever committed, with what was committed. Set it before anything is pushed.
    using OnCommit = std::function<void(const std::vector<Append>&)>;
    void watch_commits(OnCommit on_commit);

    // Called on the writer's thread, in the order of the calls, once everything that was pushed or put before is
    // committed.
    void when_committed(std::function<void()> call);

    // Newest value of a name among those that are accepted and not committed yet: its serializer and payload.
    struct Pending {
        uint8_t serializer;
        std::string payload;
    };
    std::optional<Pending> newest(std::string_view name) const;

    // Waits until all that was pushed or put before is committed; false if it is not at CLOCK_MONOTONIC `until`.
    bool await_commit(int64_t until);

    // Commits what waits and ends the thread. False if that could not be done until CLOCK_MONOTONIC `until`.
    bool finish(int64_t until);

    Numbers numbers() const;

private:
    void write();
    bool is_free() const;
    bool is_alone(const Append& append);
    int64_t slack() const;
    int64_t patience() const;
    void commit_now(std::unique_lock<std::mutex>& lock);
    bool waits_for_nobody() const;
    void await_work(std::unique_lock<std::mutex>& lock);
    void gather();
    void pause(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds time);
    bool commit();
    void housekeeping();

    Store& store_;
    const Options options_;

    // Of whoever set is_writing_. Read under mutex_ by newest(), changed under it.
    std::vector<Append> batch_;
    DocumentBatch batch_puts_;
    std::vector<std::function<void()>> batch_calls_;
    int64_t next_sync_ = 0;

    OnCommit on_commit_;

    // What wakes the writer: the time at which the first of those that wait must be committed, and work that does not
    // wait. Not a condition, as that would wake the writer to be told when to wake.
    const Timer due_{CLOCK_MONOTONIC};
    const Event event_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable stop_, finished_;
    std::vector<Append> waiting_;
    std::vector<Store::Put> puts_;
    std::vector<std::function<void()>> calls_;
    Numbers numbers_;
    int64_t last_push_ = std::numeric_limits<int64_t>::min() / 2;  // CLOCK_MONOTONIC; where push() may commit
    int64_t waits_since_ = 0;  // CLOCK_MONOTONIC, the first of waiting_; where there is an interval
    bool is_writing_ = false;  // somebody has the batch in hand, and is at the store
    bool stopping_ = false, ended_ = false;

    std::thread thread_;
};

}  // namespace dumbwaiter
