// SPDX-License-Identifier: BSD-3-Clause
#include "refreshes.hpp"

#include <utility>

namespace dumbwaiter {

bool Refreshes::ask(FunctionId id, bool is_running, bool may_join, Done done)
{
    const auto [at, is_first] = waiting_.try_emplace(id);
    Waiting& waiting = at->second;
    if (is_running && !may_join) {
        waiting.on_next.push_back(std::move(done));
        return false;
    }
    waiting.on_this.push_back(std::move(done));
    return !is_running && waiting.on_this.size() == 1;
}

bool Refreshes::ended(FunctionId id, const Outcome& outcome)
{
    const auto at = waiting_.find(id);
    if (at == waiting_.end()) return false;
    const std::vector<Done> done = std::exchange(at->second.on_this, std::exchange(at->second.on_next, {}));
    const bool again = !at->second.on_this.empty();
    if (!again) waiting_.erase(at);
    for (const Done& call : done) call(outcome);
    return again;
}

}  // namespace dumbwaiter
