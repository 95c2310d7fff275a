// SPDX-License-Identifier: BSD-3-Clause
//
// What will run when, played through with the run times that were measured, and whether the workers suffice for it.
// Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace dumbwaiter {

// Nanoseconds throughout; the clock is the caller's.
struct ForecastFunction {
    std::function<int64_t(int64_t)> after;  // its next due time; empty: it has none of its own
    int64_t takes = 0;
    std::vector<size_t> followers;  // which a new value of it makes due
};

struct ForecastRun {
    size_t function;
    int64_t due, starts, ends;
};

struct Forecast {
    std::vector<ForecastRun> runs;  // in the order of their starts
    int64_t from = 0, to = 0;       // earlier than was asked for where there would be too many runs
    uint64_t skipped = 0;           // due times that find their function running
    std::vector<uint64_t> skipped_of;
    double utilisation = 0;      // share of the workers' time; above 1 more is to be done than they can
    int64_t busiest_second = 0;  // its beginning
    double busiest_load = 0;     // workers at work in it, on average
    size_t latest_run = 0;       // index into runs
    int64_t latest = 0;          // how long that one waits for a worker

    bool suffices() const;
};

// Every due time in (from, to], run by `workers` in due order. As in the host, a function never overlaps itself, and
// what runs for a second gives its slot back. Each run counts as a new value. Stops after `most_runs`.
Forecast forecast(const std::vector<ForecastFunction>& functions, uint32_t workers, int64_t from, int64_t to,
                  size_t most_runs);

}  // namespace dumbwaiter
