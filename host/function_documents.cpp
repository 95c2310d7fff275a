// SPDX-License-Identifier: BSD-3-Clause
#include "function_documents.hpp"

#include <functional>
#include <utility>

#include "clock.hpp"
#include "left_names.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kAtATime = 10'000;

size_t digest_of(const std::string& json)
{
    return std::hash<std::string>()(json);
}

}  // namespace

FunctionDocuments::FunctionDocuments(const Roster& roster, const std::vector<Remembered>& remembered, Sink& sink)
    : roster_(roster), sink_(sink), told_(remembered.size()), standings_(remembered.size())
{
    for (size_t i = 0; i < remembered.size(); ++i) {
        told_[i] = told_of(remembered[i]);
        standings_[i].is_paused = remembered[i].was_paused();
    }
}

FunctionDocuments::Told FunctionDocuments::told_of(const Remembered& remembered)
{
    Told told{.last_value = remembered.state.last_value, .last_error = remembered.state.last_error};
    if (!remembered.document) return told;
    told.bound = Bound(*remembered.document);
    told.digest = digest_of(*remembered.document);
    return told;
}

void FunctionDocuments::renew(FunctionId id, std::optional<Remembered> remembered)
{
    if (told_.size() <= id) {
        told_.resize(id + 1);
        standings_.resize(id + 1);
    }
    const bool was_paused = remembered ? remembered->was_paused() : standings_[id].is_paused;
    standings_[id] = {.is_paused = was_paused};
    if (remembered) told_[id] = told_of(*remembered);
    put(id);
}

void FunctionDocuments::mark_left(FunctionId id)
{
    if (told_[id].digest == 0) return;
    std::string json = marked_as_left(document_of(id));
    told_[id].digest = digest_of(json);
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
    standings_[id].is_paused = is_paused;
    put(id);
}

void FunctionDocuments::set_held(FunctionId id, bool is_quarantined, bool is_off)
{
    standings_[id].is_quarantined = is_quarantined;
    standings_[id].is_off = is_off;
    put(id);
}

std::string FunctionDocuments::document_of(FunctionId id) const
{
    const Told& told = told_[id];
    const NameState state{.last_value = told.last_value, .last_error = told.last_error};
    return function_document(*roster_[id].spec, roster_[id].phase, state, told.bound, standings_[id]);
}

bool FunctionDocuments::put(FunctionId id)
{
    Told& told = told_[id];
    std::string json = document_of(id);
    const NameState state{.last_value = told.last_value, .last_error = told.last_error};
    told.bound = told.bound.under(roster_[id].spec->terms->max_saved, state);
    if (told.digest == digest_of(json)) return false;
    told.digest = digest_of(json);
    sink_.put({"#functions", roster_.name(id), std::move(json)});
    return true;
}

}  // namespace dumbwaiter
