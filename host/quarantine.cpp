// SPDX-License-Identifier: BSD-3-Clause
#include "quarantine.hpp"

#include <algorithm>

namespace dumbwaiter {

bool Quarantine::worked(FunctionId id, int64_t now)
{
    const auto at = functions_.find(id);
    if (at == functions_.end() || !at->second.is_on_probation()) return false;
    at->second.worked(now);
    return !at->second.is_on_probation();
}

bool Quarantine::lift(FunctionId id)
{
    const bool was_held = holds(id);
    functions_.erase(id);
    return was_held;
}

int64_t Quarantine::away_until(FunctionId id) const
{
    const auto at = functions_.find(id);
    return at == functions_.end() ? 0 : at->second.away_until();
}

bool Quarantine::holds(FunctionId id) const
{
    const auto at = functions_.find(id);
    return at != functions_.end() && at->second.is_on_probation();
}

bool Quarantine::holds_any() const
{
    return std::ranges::any_of(functions_, [](const auto& entry) { return entry.second.is_on_probation(); });
}

}  // namespace dumbwaiter
