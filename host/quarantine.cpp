// SPDX-License-Identifier: BSD-3-Clause
#include "quarantine.hpp"

namespace dumbwaiter {

bool Quarantine::died(FunctionId id, int64_t now)
{
    DeathCount& deaths = functions_[id];
    const bool was_held = deaths.is_on_probation(), is_put_away = deaths.died(now);
    if (!was_held && deaths.is_on_probation()) ++held_;
    return is_put_away;
}

bool Quarantine::worked(FunctionId id, int64_t now)
{
    const auto at = functions_.find(id);
    if (at == functions_.end() || !at->second.is_on_probation()) return false;
    at->second.worked(now);
    if (at->second.is_on_probation()) return false;
    --held_;
    return true;
}

bool Quarantine::lift(FunctionId id)
{
    const bool was_held = holds(id);
    if (was_held) --held_;
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

}  // namespace dumbwaiter
