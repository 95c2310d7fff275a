// SPDX-License-Identifier: BSD-3-Clause
#include "ledger.hpp"

#include <dumbwaiter/codes.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "clock.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kLongestDelay = 86'400 * kSecond;  // where there is no frequency

Append append_of(Append::Kind kind, const FunctionSpec& spec, const Job& job, Returned& returned)
{
    return {.kind = kind,
            .name = spec.name,
            .depth = spec->max_saved,
            .serializer = returned.serializer,
            .outcome = returned.outcome,
            .due = job.due_wall,
            .started = returned.started,
            .finished = returned.finished,
            .media_type = std::move(returned.media_type),
            .payload = std::move(returned.bytes)};
}

// Tries beyond the first that an outcome is worth.
uint32_t tries(const FunctionSpec& spec, int32_t code)
{
    if (code == DW_DISABLE) return 0;
    return code == DW_RETRY ? std::max(spec->retry.attempts, 1u) : spec->retry.attempts;
}

// The schedule sees to it that no retry comes after the next due time.
int64_t retry_delay(const FunctionSpec& spec, uint32_t attempt)
{
    const int64_t most = spec->frequency > Nanoseconds(0) ? spec->frequency.count() : kLongestDelay;
    int64_t delay = spec->retry.delay.count();
    for (uint32_t i = 0; i < attempt && delay < most; ++i) delay *= 2;
    return std::min(delay, most);
}

}  // namespace

int64_t fresh_until(const FunctionSpec& spec, int64_t finished)
{
    if (spec->cron) {
        const int64_t second = spec->cron->after(spec->cron->after(finished));
        return second == kNever ? 0 : second + spec->timeout.count();
    }
    const int64_t frequency = spec->frequency.count();
    if (frequency == 0) return 0;
    return finished + frequency + std::max(frequency, kSecond) + spec->timeout.count();
}

void Ledger::restore(FunctionId id, const NameState& state)
{
    entries_.grow(id + 1);
    entries_[id].state = state;
}

NameState Ledger::state(FunctionId id) const
{
    return entries_[id].state;
}

void Ledger::prepare(Job& job)
{
    Entry& entry = entries_[job.id];
    job.sequence = entry.state.last_value + 1;
    job.anew = std::exchange(entry.anew, false);
}

Verdict Ledger::accept(const Job& job, Returned&& returned, bool stopping)
{
    Entry& entry = entries_[job.id];
    const FunctionSpec& spec = functions_[job.id];
    ++counters_.invocations;
    if (job.attempt > 0) ++counters_.retries;
    if (returned.outcome == Outcome::kCancelled && stopping) {
        ++counters_.cancelled;
        return {};
    }
    if (returned.lost_value) entry.unstored = true;
    if (returned.outcome != Outcome::kOk) return accept_failure(entry, spec, job, returned);
    if (returned.code == DW_UNCHANGED) return accept_unchanged(entry, spec, job, returned);
    return accept_value(entry, spec, job, returned);
}

Verdict Ledger::accept_value(Entry& entry, const FunctionSpec& spec, const Job& job, Returned& returned)
{
    ++counters_.values;
    entry.unstored = false;
    Append append = append_of(Append::Kind::kValue, spec, job, returned);
    append.sequence = ++entry.state.last_value;
    append.fresh_until = fresh_until(spec, append.finished);
    return {.append = std::move(append), .failures_in_row = std::exchange(entry.failures_in_row, 0)};
}

Verdict Ledger::accept_unchanged(Entry& entry, const FunctionSpec& spec, const Job& job, Returned& returned)
{
    if (entry.state.last_value == 0 || entry.unstored) {
        entry.anew = true;
        returned.code = DW_ERROR;
        returned.outcome = Outcome::kFailed;
        returned.bytes = entry.unstored ? "returned DW_UNCHANGED, but its last value was not stored"
                                        : "returned DW_UNCHANGED, but there is no value yet";
        return accept_failure(entry, spec, job, returned);
    }
    ++counters_.unchanged;
    Append append = append_of(Append::Kind::kRefresh, spec, job, returned);
    append.sequence = entry.state.last_value;
    append.fresh_until = fresh_until(spec, append.finished);
    return {.append = std::move(append), .failures_in_row = std::exchange(entry.failures_in_row, 0)};
}

Verdict Ledger::accept_failure(Entry& entry, const FunctionSpec& spec, const Job& job, Returned& returned)
{
    ++counters_.errors;
    Verdict verdict{.disable = returned.code == DW_DISABLE, .failed = true, .failures_in_row = ++entry.failures_in_row};
    if (job.attempt < tries(spec, returned.code)) verdict.retry_after = retry_delay(spec, job.attempt);
    verdict.append = append_of(Append::Kind::kError, spec, job, returned);
    verdict.append->serializer = 0;
    verdict.append->media_type.clear();
    verdict.append->sequence = ++entry.state.last_error;
    return verdict;
}

}  // namespace dumbwaiter
