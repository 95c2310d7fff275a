// SPDX-License-Identifier: BSD-3-Clause
//
// The loop that turns due times into jobs: schedule and clock in, executor out. Its thread is the only one that touches
// the schedule; what comes back from workers waits in an inbox until the next tick.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "clock_watch.hpp"
#include "dependents.hpp"
#include "executor.hpp"
#include "lateness.hpp"
#include "ledger.hpp"
#include "quarantine.hpp"
#include "schedule.hpp"
#include "sink.hpp"

namespace dumbwaiter {

class Dispatcher {
public:
    // `schedule` holds the manifest's functions under their ids. `when_idle` is called once nothing runs and nothing is
    // planned any more (a host that runs everything once). Start it with start(), after the executor exists.
    Dispatcher(const Manifest& manifest, Schedule schedule, Ledger& ledger, Sink& sink,
               std::function<void()> when_idle);
    ~Dispatcher();  // stopped
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    void start(Executor& executor);
    // No job is submitted after it returns. What is running may still come home.
    void stop();

    // An invocation has come back. Thread-safe: this is the executor's OnReturn.
    void come_home(const Job& job, Returned&& returned);

    // These are committed: what runs after them is due. Thread-safe: this is the sink's OnCommit.
    void note_commit(const std::vector<Append>& appends);

    // Functions that went into quarantine or came out of it since the last call. Thread-safe.
    struct QuarantineChange {
        FunctionId id;
        bool is_held;
        NameState state;  // of the function, which does not run then
    };
    std::vector<QuarantineChange> quarantine_changes();

    const Lateness& lateness() const { return lateness_; }
    int64_t wall_offset() const { return wall_offset_.load(std::memory_order_relaxed); }  // from CLOCK_BOOTTIME
    uint64_t skipped() const { return skipped_.load(std::memory_order_relaxed); }
    // After stop(): counts what came home since.
    void settle() { take_homecomings(); }
    // After settle(): the last attempt of some function failed.
    bool any_failed() const { return std::ranges::find(failed_, true) != failed_.end(); }

private:
    struct Homecoming {
        FunctionId id;
        uint32_t attempt;
        bool disable, failed, killed_child;
        std::optional<int64_t> retry_at;  // CLOCK_BOOTTIME
    };

    void loop();
    void take_homecomings();
    void take_homecoming(const Homecoming& homecoming);
    void put_away(FunctionId id);
    void note_quarantine(FunctionId id, bool is_held);
    void take_triggers();
    void heed_clock();
    void submit_due();
    void wait(int64_t until);
    void nudge();
    void tell(FunctionId id, const Verdict& verdict) const;

    const Manifest& manifest_;
    Ledger& ledger_;
    Sink& sink_;
    const std::function<void()> when_idle_;
    const Dependents dependents_;
    Executor* executor_ = nullptr;
    const int timer_, event_;

    // The dispatcher's thread only.
    ClockWatch clock_watch_;
    Schedule schedule_;
    std::vector<Fire> fires_;
    std::vector<Job> jobs_;
    std::vector<Homecoming> arrived_;
    std::vector<FunctionId> due_now_;
    std::vector<bool> failed_;  // whose last attempt failed
    bool told_idle_ = false;
    Quarantine quarantine_;

    std::atomic<bool> stopping_{false};
    std::atomic<uint64_t> skipped_{0};
    std::atomic<int64_t> wall_offset_;
    Lateness lateness_;

    std::mutex mutex_;
    // Guarded by mutex_.
    std::vector<Homecoming> inbox_;
    std::vector<FunctionId> triggered_;
    std::vector<QuarantineChange> changes_;

    std::thread thread_;
};

}  // namespace dumbwaiter
