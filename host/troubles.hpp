// SPDX-License-Identifier: BSD-3-Clause
//
// Which functions do badly, for those who ask: failures in a row and due times that were skipped. Costs memory for
// functions that had trouble only.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

#include "failure_lines.hpp"
#include "schedule.hpp"

namespace dumbwaiter {

// Counted since the host started.
struct Trouble {
    uint64_t failures_in_row = 0;
    uint64_t skipped = 0;
    bool operator==(const Trouble&) const = default;
};

// Thread-safe.
class Troubles {
public:
    struct Change {
        FunctionId id;
        Trouble now;
    };

    // Its last attempt failed, as number `in_row` of a row; `must_tell`: it is worth a line in any case. Times are
    // CLOCK_MONOTONIC.
    FailureLine failed(FunctionId id, uint64_t in_row, int64_t now, bool must_tell = false);
    // It worked, where it had failed: is that worth a line?
    bool works_again(FunctionId id);
    void skipped(FunctionId id, uint64_t so_far);
    // It does not run any more.
    void forget(FunctionId id);

    // At most `most` of those that changed since they were taken last: who has waited longest comes first.
    std::vector<Change> take(size_t most);
    // Functions whose last attempt failed; the first `most` of them, by id.
    size_t failing() const;
    std::vector<Change> failing(size_t most) const;
    // Failures since the last call that no line told of because too many functions failed at once.
    uint64_t take_untold();

private:
    struct Known {
        Trouble now;
        FailureLines lines;
        bool waits = false;  // in changed_
    };
    void changed(FunctionId id, Known& known);

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::unordered_map<FunctionId, Known> known_;
    std::deque<FunctionId> changed_;
    std::set<FunctionId> failing_;
    LineBudget budget_;
};

}  // namespace dumbwaiter
