// SPDX-License-Identifier: BSD-3-Clause
//
// The loop that turns due times into jobs: schedule and clock in, executor out. What comes back from workers waits in
// an inbox until its next round.
//
// Two threads wait for the same times, and whichever wakes makes the round, alone at the schedule. Then it runs what
// the executor leaves to it, as that takes less than to wake a worker; meanwhile the next time wakes the other, which
// runs nothing, so that nothing that hangs holds up the schedule.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "clock_watch.hpp"
#include "dependents.hpp"
#include "event.hpp"
#include "executor.hpp"
#include "lateness.hpp"
#include "ledger.hpp"
#include "quarantine.hpp"
#include "refreshes.hpp"
#include "schedule.hpp"
#include "shared_wait.hpp"
#include "sink.hpp"
#include "timer.hpp"
#include "troubles.hpp"

namespace dumbwaiter {

class Dispatcher {
public:
    // `schedule` holds the manifest's functions under their ids. `when_idle`, if given, is called once nothing runs and
    // nothing is planned any more (a host that runs everything once); each homecoming makes a round then. Start it
    // with start(), after the executor exists.
    Dispatcher(const Functions& functions, Schedule schedule, Dependents dependents, Ledger& ledger, Sink& sink,
               std::function<void()> when_idle);
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    ~Dispatcher();  // nothing runs any more

    void start(Executor& executor);
    // No job is submitted after it returns, and none of its threads is left but one that runs a function. What is
    // running may still come home.
    void stop();
    // Once nothing runs any more, and before the executor is destroyed: waits for that one.
    void join();

    // An invocation has come back. Thread-safe: this is the executor's OnReturn.
    void come_home(const Job& job, Returned&& returned);

    // These are committed: what runs after them is due. Thread-safe: this is the sink's OnCommit.
    void note_commit(const std::vector<Append>& appends);

    // Thread-safe, as is all steering; done in the next round, which it asks for.
    void pause(FunctionId id);
    // Lifts a pause, the quarantine and DW_DISABLE.
    void resume(FunctionId id);
    // Its records are removed: should it come back to the manifest, it counts from 1 again.
    // Not while it still runs: then `done` is called with false. Within a round.
    void forget(FunctionId id, std::function<void(bool)> done);
    // Calls `done` within a round when there is a value that is good enough, or the run for it has failed.
    // It does not move the grid.
    struct Wish {
        int64_t not_before = std::numeric_limits<int64_t>::max();  // a value finished at or after that will do, Unix ns
        int64_t finished = 0;                                      // when the newest value in the store was finished
    };
    void refresh(FunctionId id, const Wish& wish, Refreshes::Done done);

    // A function that is new, runs otherwise from now on, or has left the manifest.
    struct Adoption {
        FunctionId id = 0;                           // of a new one: the next
        std::shared_ptr<const FunctionSpec> spec{};  // null: it has left the manifest
        int64_t phase = 0;
        int64_t first = kNever;  // once more then (CLOCK_BOOTTIME)
        bool is_paused = false;
        std::function<void()> when_idle;  // called within a round once no job of it is out
    };
    // Lifts their quarantines and DW_DISABLE. Then calls `after`; those that run at that moment follow as they come
    // home.
    // `dependents` are those of the new manifest.
    void adopt(std::vector<Adoption> adoptions, Dependents dependents, std::function<void()> after);

    // Functions that were put away, turned off or set free since the last call. Thread-safe.
    struct Change {
        FunctionId id;
        bool is_quarantined, is_off;
    };
    std::vector<Change> changes();
    // Called within a round when there are some. Set it before start().
    void watch_changes(std::function<void()> when_changed) { when_changed_ = std::move(when_changed); }

    // How often its loop came round; ask_for_round() makes it come round though nothing is due. Thread-safe.
    uint64_t rounds() const { return rounds_.load(std::memory_order_relaxed); }
    void ask_for_round();

    const Lateness& lateness() const { return lateness_; }
    // Which of its functions do badly. Those that skip are told of once a round of the loop.
    Troubles& troubles() { return troubles_; }
    const Troubles& troubles() const { return troubles_; }
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
        int64_t finished;                 // Unix nanoseconds
        std::optional<int64_t> retry_at;  // CLOCK_BOOTTIME
        std::string fault;                // text of a failure
    };

    void work();
    bool come_round(bool clock_was_set);
    void take_homecomings();
    void take_homecoming(const Homecoming& homecoming);
    void order(std::function<void()> order);
    void carry_out_orders();
    void note_what_is_awaited();
    void judge(const Homecoming& homecoming);
    void tell_waiters(const Homecoming& homecoming);
    void start_refresh(FunctionId id, const Wish& wish, Refreshes::Done done);
    void set_free(FunctionId id);
    void know(FunctionId id);
    void take_up(Adoption& adoption);
    static void follow(Adoption& before, Adoption& adoption);
    void keep_promises(FunctionId id);
    void put_away(FunctionId id);
    void note(FunctionId id);
    std::string why_held(FunctionId id) const;
    void take_triggers();
    void heed_clock();
    bool submit_due();
    void commit_in_passing();
    void note_skippers();
    void tell(FunctionId id, const Verdict& verdict);

    const Functions& functions_;
    Ledger& ledger_;
    Sink& sink_;
    const std::function<void()> when_idle_;
    std::function<void()> when_changed_;
    Executor* executor_ = nullptr;
    const Timer timer_{CLOCK_BOOTTIME};
    const Event event_;
    const SharedWait wait_;

    std::mutex round_;
    // Guarded by round_.
    ClockWatch clock_watch_;
    Schedule schedule_;
    std::vector<Fire> fires_;
    std::vector<Job> jobs_;
    std::vector<Homecoming> arrived_;
    std::vector<FunctionId> due_now_, skippers_;
    std::vector<bool> failed_;  // whose last attempt failed
    bool told_idle_ = false;
    Quarantine quarantine_;
    std::vector<bool> paused_, off_;
    std::vector<int64_t> finished_;  // the newest value of a run of this host, Unix nanoseconds
    Refreshes refreshes_;
    std::unordered_map<FunctionId, Adoption> adoptions_;  // of those that are running

    std::atomic<bool> stopping_{false};
    std::atomic<bool> is_asked_{false};      // for a round that has not begun
    std::atomic<std::thread::id> sharer_{};  // the thread that runs functions; set under round_ only
    std::atomic<uint64_t> skipped_{0}, rounds_{0};
    std::atomic<bool> awaits_homecomings_{false};  // for a refresh, a change, or the end of a quarantine
    std::atomic<int64_t> wall_offset_;
    std::atomic<int64_t> next_wake_{0};  // CLOCK_BOOTTIME
    Lateness lateness_;
    Troubles troubles_;

    std::mutex mutex_;
    // Guarded by mutex_.
    Dependents dependents_;
    std::vector<Homecoming> inbox_;
    std::vector<FunctionId> triggered_;
    std::vector<Change> changes_;
    std::vector<std::function<void()>> orders_;

    static constexpr size_t kThreads = 2;
    std::vector<std::thread> threads_;  // made under round_
};

}  // namespace dumbwaiter
