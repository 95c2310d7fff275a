// SPDX-License-Identifier: BSD-3-Clause
//
// Taking over what a new manifest says while the host runs.
#include <algorithm>
#include <utility>

#include "clock.hpp"
#include "dispatcher.hpp"
#include "start_plan.hpp"

namespace dumbwaiter {

void Dispatcher::adopt(std::vector<Adoption> adoptions, Dependents dependents, std::function<void()> after)
{
    order([this, adoptions = std::move(adoptions), dependents = std::move(dependents),
           after = std::move(after)]() mutable {
        for (Adoption& adoption : adoptions) {
            const FunctionId id = adoption.id;
            know(id);
            // What its inputs have made due already is due all the same.
            if (adoption.spec && !adoption.spec->terms->after.empty() && schedule_.has_extra(id)) {
                adoption.first = std::min(adoption.first, boot_ns());
            }
            if (!schedule_.running(id)) {
                take_up(adoption);
                continue;
            }
            schedule_.disable(id);  // what was due is not due any more
            if (auto before = adoptions_.extract(id)) follow(before.mapped(), adoption);
            adoptions_[id] = std::move(adoption);
        }
        after();
        const std::lock_guard lock(mutex_);
        dependents_ = std::move(dependents);
    });
}

// Its code and place are needed all the same: the later reload may have found them unchanged.
void Dispatcher::follow(Adoption& before, Adoption& adoption)
{
    adoption.when_idle = [first = std::move(before.when_idle), then = std::move(adoption.when_idle)] {
        first();
        then();
    };
    if (adoption.spec) adoption.first = std::min(adoption.first, before.first);
}

void Dispatcher::know(FunctionId id)
{
    while (failed_.size() <= id) {
        schedule_.add_disabled();
        failed_.push_back(false);
        paused_.push_back(false);
        off_.push_back(false);
        finished_.push_back(0);
    }
}

void Dispatcher::take_up(Adoption& adoption)
{
    const FunctionId id = adoption.id;
    adoption.when_idle();
    const bool was_held = quarantine_.lift(id) || off_[id];
    off_[id] = false;
    paused_[id] = adoption.is_paused;
    const bool runs = adoption.spec && adoption.spec->terms->enabled;
    if (runs) plan_function(schedule_, id, *adoption.spec, adoption.phase, boot_ns(), adoption.first);
    if (!runs) schedule_.replace_disabled(id);
    if (!runs) troubles_.forget(id);
    if (runs && adoption.is_paused) schedule_.disable(id);
    if (was_held) note(id);
    if (runs) return keep_promises(id);
    while (refreshes_.ended(id, {.is_value = false, .fault = "it has left the manifest, or is disabled there"})) {
    }
}

}  // namespace dumbwaiter
