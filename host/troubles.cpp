// SPDX-License-Identifier: BSD-3-Clause
#include "troubles.hpp"

#include <algorithm>

namespace dumbwaiter {

// Under the lock.
void Troubles::changed(FunctionId id, Known& known)
{
    if (known.waits) return;
    known.waits = true;
    changed_.push_back(id);
}

FailureLine Troubles::failed(FunctionId id, uint64_t in_row, int64_t now, bool must_tell)
{
    const std::lock_guard lock(mutex_);
    Known& known = known_[id];
    known.now.failures_in_row = in_row;
    failing_.insert(id);
    changed(id, known);
    return known.lines.failed(in_row, now, must_tell, budget_);
}

bool Troubles::works_again(FunctionId id)
{
    const std::lock_guard lock(mutex_);
    const auto at = known_.find(id);
    if (at == known_.end()) return false;
    at->second.now.failures_in_row = 0;
    failing_.erase(id);
    changed(id, at->second);
    return at->second.lines.works_again();
}

void Troubles::skipped(FunctionId id, uint64_t so_far)
{
    const std::lock_guard lock(mutex_);
    Known& known = known_[id];
    known.now.skipped = so_far;
    changed(id, known);
}

void Troubles::forget(FunctionId id)
{
    const std::lock_guard lock(mutex_);
    failing_.erase(id);
    const auto at = known_.find(id);
    if (at == known_.end()) return;
    at->second.now.failures_in_row = 0;
    changed(id, at->second);
}

std::vector<Troubles::Change> Troubles::take(size_t most)
{
    const std::lock_guard lock(mutex_);
    std::vector<Change> changes;
    changes.reserve(std::min(most, changed_.size()));
    for (; changes.size() < most && !changed_.empty(); changed_.pop_front()) {
        const FunctionId id = changed_.front();
        Known& known = known_.at(id);
        known.waits = false;
        changes.push_back({id, known.now});
    }
    return changes;
}

size_t Troubles::failing() const
{
    const std::lock_guard lock(mutex_);
    return failing_.size();
}

std::vector<Troubles::Change> Troubles::failing(size_t most) const
{
    const std::lock_guard lock(mutex_);
    std::vector<Change> first;
    for (auto id = failing_.begin(); id != failing_.end() && first.size() < most; ++id) {
        first.push_back({*id, known_.at(*id).now});
    }
    return first;
}

uint64_t Troubles::take_untold()
{
    const std::lock_guard lock(mutex_);
    return budget_.take_refused();
}

}  // namespace dumbwaiter
