// SPDX-License-Identifier: BSD-3-Clause
#include "function_documents.hpp"

#include <utility>

#include "left_names.hpp"

namespace dumbwaiter {

FunctionDocuments::FunctionDocuments(const Roster& roster, std::vector<Remembered> remembered, Sink& sink)
    : roster_(roster), sink_(sink), remembered_(std::move(remembered)), standings_(remembered_.size())
{
    for (FunctionId id = 0; id < remembered_.size(); ++id) {
        set_standing(id, {.is_paused = remembered_[id].was_paused()});
    }
}

void FunctionDocuments::renew(FunctionId id, std::optional<Remembered> remembered)
{
    if (remembered_.size() <= id) {
        remembered_.resize(id + 1);
        standings_.resize(id + 1);
    }
    const bool was_paused = remembered ? remembered->was_paused() : standings_[id].is_paused;
    set_standing(id, {.is_paused = was_paused});
    if (remembered) remembered_[id] = std::move(*remembered);
    put(id);
}

void FunctionDocuments::mark_left(FunctionId id)
{
    for (std::set<FunctionId>* ids : {&held_.paused, &held_.quarantined, &held_.off}) ids->erase(id);
    troubles_.erase(id);
    Remembered& known = remembered_[id];
    if (std::string json = marked_as_left(known.document.value_or("")); !json.empty()) {
        sink_.put({"#functions", roster_.name(id), json});
        known.document = std::move(json);
    }
}

void FunctionDocuments::forget(FunctionId id)
{
    remembered_[id] = {};
    standings_[id] = {};
}

void FunctionDocuments::put_all(const Ledger& ledger)
{
    for (FunctionId id = 0; id < remembered_.size(); ++id) {
        if (!roster_[id].is_in_manifest) continue;
        remembered_[id].state = ledger.state(id);
        put(id);
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

void FunctionDocuments::put(FunctionId id)
{
    Remembered& known = remembered_[id];
    const FunctionSpec& spec = *roster_[id].spec;
    const auto trouble = troubles_.find(id);
    std::string json = function_document(spec, roster_[id].phase, known.state, known.document, standings_[id],
                                         trouble == troubles_.end() ? Trouble{} : trouble->second);
    if (known.document == json) return;
    sink_.put({"#functions", spec.name, json});
    known.document = std::move(json);
}

}  // namespace dumbwaiter
