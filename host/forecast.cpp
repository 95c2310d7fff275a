// SPDX-License-Identifier: BSD-3-Clause
#include "forecast.hpp"

#include <algorithm>
#include <limits>
#include <queue>

#include "clock.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kSlotTime = kSecond;              // then the slot is given to another
constexpr int64_t kTolerable = 100 * kMillisecond;  // that a run may wait for a worker
constexpr int64_t kTogether = 10 * kMillisecond;    // inputs that end within it share a commit

struct Due {
    int64_t at;
    size_t function;
    bool is_own;  // not after another
    bool operator>(const Due& other) const { return at != other.at ? at > other.at : function > other.function; }
};

class Play {
public:
    Play(const std::vector<ForecastFunction>& functions, uint32_t workers, int64_t from, int64_t to)
        : functions_(functions), busy_until_(functions.size(), from), triggered_(functions.size(), kNone)
    {
        result_.from = from;
        result_.to = to;
        result_.skipped_of.resize(functions.size());
        for (uint32_t i = 0; i < workers; ++i) free_.push(from);
        for (size_t i = 0; i < functions.size(); ++i) plan_next(i, from);
    }

    Forecast run(size_t most_runs)
    {
        while (!dues_.empty()) {
            const Due due = dues_.top();
            if (result_.runs.size() == most_runs) {
                result_.to = due.at;
                break;
            }
            dues_.pop();
            if (due.is_own) plan_next(due.function, due.at);
            take(due);
        }
        return std::move(result_);
    }

private:
    static constexpr int64_t kNone = std::numeric_limits<int64_t>::min();

    void plan_next(size_t function, int64_t now)
    {
        if (!functions_[function].after) return;
        const int64_t at = functions_[function].after(now);
        if (at <= result_.to) dues_.push({at, function, true});
    }

    void take(const Due& due)
    {
        const ForecastFunction& function = functions_[due.function];
        if (busy_until_[due.function] > due.at) {
            // Due after another, it runs once more after itself.
            if (!due.is_own) return trigger(due.function, busy_until_[due.function]);
            ++result_.skipped;
            ++result_.skipped_of[due.function];
            return;
        }
        const int64_t starts = std::max(due.at, free_.top());
        const int64_t ends = starts + function.takes;
        free_.pop();
        free_.push(starts + std::min(function.takes, kSlotTime));
        busy_until_[due.function] = ends;
        result_.runs.push_back({due.function, due.at, starts, ends});
        for (const size_t follower : function.followers) trigger(follower, ends);
    }

    void trigger(size_t function, int64_t at)
    {
        if (at > result_.to || (triggered_[function] != kNone && at - triggered_[function] < kTogether)) return;
        triggered_[function] = at;
        dues_.push({at, function, false});
    }

    const std::vector<ForecastFunction>& functions_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> dues_;
    std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> free_;  // when each worker is free again
    std::vector<int64_t> busy_until_, triggered_;
    Forecast result_;
};

// Work of each second of the forecast, as workers on average.
std::vector<double> load_by_second(const Forecast& forecast)
{
    const auto seconds = static_cast<size_t>((forecast.to - forecast.from + kSecond - 1) / kSecond);
    std::vector<double> load(seconds);
    for (const ForecastRun& run : forecast.runs) {
        int64_t at = run.starts;
        const int64_t end = std::min(run.starts + std::min(run.ends - run.starts, kSlotTime), forecast.to);
        while (at < end) {
            const int64_t second = (at - forecast.from) / kSecond;
            const int64_t until = std::min(end, forecast.from + (second + 1) * kSecond);
            load[static_cast<size_t>(second)] += static_cast<double>(until - at) / kSecond;
            at = until;
        }
    }
    return load;
}

void weigh(Forecast& forecast, uint32_t workers)
{
    double work = 0;
    for (size_t i = 0; i < forecast.runs.size(); ++i) {
        const ForecastRun& run = forecast.runs[i];
        work += static_cast<double>(std::min(run.ends - run.starts, kSlotTime)) / kSecond;
        if (run.starts - run.due <= forecast.latest) continue;
        forecast.latest = run.starts - run.due;
        forecast.latest_run = i;
    }
    const double span = static_cast<double>(forecast.to - forecast.from) / kSecond;
    if (span > 0) forecast.utilisation = work / span / workers;
    const std::vector<double> load = load_by_second(forecast);
    const auto busiest = std::ranges::max_element(load);
    if (busiest == load.end()) return;
    forecast.busiest_load = *busiest;
    forecast.busiest_second = forecast.from + (busiest - load.begin()) * kSecond;
}

}  // namespace

bool Forecast::suffices() const
{
    return utilisation <= 1 && latest <= kTolerable;
}

Forecast forecast(const std::vector<ForecastFunction>& functions, uint32_t workers, int64_t from, int64_t to,
                  size_t most_runs)
{
    workers = std::max(workers, 1u);
    Forecast result = Play(functions, workers, from, to).run(most_runs);
    weigh(result, workers);
    return result;
}

}  // namespace dumbwaiter
