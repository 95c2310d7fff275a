// SPDX-License-Identifier: BSD-3-Clause
#include "function_documents.hpp"

#include <utility>

#include "clock.hpp"
#include "left_names.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kAtATime = 10'000;

}  // namespace

FunctionDocuments::FunctionDocuments(const Roster& roster, const std::vector<Remembered>& remembered, Sink& sink)
    : roster_(roster), sink_(sink), told_(remembered.size()), standings_(remembered.size())
{
    for (FunctionId id = 0; id < remembered.size(); ++id) {
        told_[id] = told_of(remembered[id]);
        set_standing(id, {.is_paused = remembered[id].was_paused});
    }
}

FunctionDocuments::Told FunctionDocuments::told_of(const Remembered& remembered)
{
    return {.last_value = remembered.state.last_value,
            .last_error = remembered.state.last_error,
            .bound = remembered.bound,
            .digest = remembered.digest};
}

void FunctionDocuments::renew(FunctionId id, const std::optional<Remembered>& remembered, const NameState& last)
{
    if (told_.size() <= id) {
        told_.resize(id + 1);
        standings_.resize(id + 1);
    }
    const bool was_paused = remembered ? remembered->was_paused : standings_[id].is_paused;
    set_standing(id, {.is_paused = was_paused});
    if (remembered) told_[id] = told_of(*remembered);
    told_[id].bound = told_[id].bound.under(roster_[id].spec->terms->max_saved, last);
    put(id);
}

void FunctionDocuments::mark_left(FunctionId id)
{
    for (std::set<FunctionId>* ids : {&held_.paused, &held_.quarantined, &held_.off}) ids->erase(id);
    troubles_.erase(id);
    if (told_[id].digest == 0) return;
    std::string json = marked_as_left(document_of(id));
    told_[id].digest = document_digest(json);
    sink_.put({"#functions", roster_.name(id), std::move(json)});
}

void FunctionDocuments::forget(FunctionId id)
{
    told_[id] = {};
    standings_[id] = {};
}

void FunctionDocuments::put_all(const Ledger& ledger, int64_t patience)
{
    size_t waiting = 0;
    bool is_patient = true;
    for (FunctionId id = 0; id < told_.size(); ++id) {
        if (!roster_[id].is_in_manifest) continue;
        const NameState state = ledger.state(id);
        told_[id].last_value = state.last_value;
        told_[id].last_error = state.last_error;
        waiting += put(id);
        if (waiting < kAtATime || !is_patient) continue;
        is_patient = sink_.await_commit(monotonic_ns() + patience);
        waiting = 0;
    }
}

void FunctionDocuments::set_paused(FunctionId id, bool is_paused)
{
    Standing standing = standings_[id];
    standing.is_paused = is_paused;
    set_standing(id, standing);
    put(id);
}

void FunctionDocuments::set_held(FunctionId id, bool is_quarantined, bool is_off)
{
    if (!roster_[id].is_in_manifest) return;
    set_standing(id, {.is_paused = standings_[id].is_paused, .is_quarantined = is_quarantined, .is_off = is_off});
    put(id);
}

void FunctionDocuments::set_troubles(const std::vector<Troubles::Change>& changes)
{
    for (const Troubles::Change& change : changes) {
        if (!roster_[change.id].is_in_manifest) continue;
        troubles_[change.id] = change.now;
        put(change.id);
    }
}

void FunctionDocuments::set_standing(FunctionId id, const Standing& standing)
{
    const auto keep = [id](std::set<FunctionId>& ids, bool is_in) {
        is_in ? (void)ids.insert(id) : (void)ids.erase(id);
    };
    standings_[id] = standing;
    keep(held_.paused, standing.is_paused);
    keep(held_.quarantined, standing.is_quarantined);
    keep(held_.off, standing.is_off);
}

std::string FunctionDocuments::document_of(FunctionId id) const
{
    const Told& told = told_[id];
    const NameState state{.last_value = told.last_value, .last_error = told.last_error};
    const auto trouble = troubles_.find(id);
    return function_document(*roster_[id].spec, roster_[id].phase, state, told.bound, standings_[id],
                             trouble == troubles_.end() ? Trouble{} : trouble->second);
}

bool FunctionDocuments::put(FunctionId id)
{
    Told& told = told_[id];
    std::string json = document_of(id);
    const NameState state{.last_value = told.last_value, .last_error = told.last_error};
    told.bound = told.bound.under(roster_[id].spec->terms->max_saved, state);
    const size_t digest = document_digest(json);
    if (told.digest == digest) return false;
    told.digest = digest;
    sink_.put({"#functions", roster_.name(id), std::move(json)});
    return true;
}

}  // namespace dumbwaiter
