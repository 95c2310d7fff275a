// SPDX-License-Identifier: BSD-3-Clause
//
// What each function has done so far, and what follows from what an invocation left: sequences, freshness, retries.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "executor.hpp"
#include "functions.hpp"
#include "store.hpp"

namespace dumbwaiter {

// Counted since the host started. Thread-safe.
struct Counters {
    std::atomic<uint64_t> invocations{0}, values{0}, unchanged{0}, errors{0}, retries{0}, cancelled{0};
};

// What the schedule is told when an invocation has come back.
struct Verdict {
    std::optional<Append> append;        // to be stored
    std::optional<int64_t> retry_after;  // nanoseconds
    bool disable = false;
    bool failed = false;
    uint64_t failures_in_row = 0;  // this one included; of a success: those that it ends
};

// A function's entry is touched by one thread at a time: whoever dispatches it or brings its invocation home.
class Ledger {
public:
    explicit Ledger(const Functions& functions) : functions_(functions), entries_(functions.size()) {}

    // What is stored of a function that has not run here yet; of a new one as well.
    void restore(FunctionId id, const NameState& state);
    NameState state(FunctionId id) const;

    // Fills in what a job takes from its function's past.
    void prepare(Job& job);

    Verdict accept(const Job& job, Returned&& returned, bool stopping);

    const Counters& counters() const { return counters_; }

private:
    struct Entry {
        NameState state;
        bool unstored = false;  // the value it returned last was not stored: there is nothing to be unchanged
        bool anew = false;      // its state is to be made again
        uint64_t failures_in_row = 0;
    };

    Verdict accept_value(Entry& entry, const FunctionSpec& spec, const Job& job, Returned& returned);
    Verdict accept_unchanged(Entry& entry, const FunctionSpec& spec, const Job& job, Returned& returned);
    Verdict accept_failure(Entry& entry, const FunctionSpec& spec, const Job& job, Returned& returned);

    const Functions& functions_;
    StableVector<Entry> entries_;
    Counters counters_;
};

// Until when a value finished at that time stays fresh: frequency + max(frequency, 1 s) + timeout later; with cron the
// due time after the next, and timeout; always (0) where only other functions make it due.
int64_t fresh_until(const FunctionSpec& spec, int64_t finished);

}  // namespace dumbwaiter
