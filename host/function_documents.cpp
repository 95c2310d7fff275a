// SPDX-License-Identifier: BSD-3-Clause
#include "function_documents.hpp"

#include <utility>

#include "left_names.hpp"

namespace dumbwaiter {

FunctionDocuments::FunctionDocuments(const Roster& roster, std::vector<Remembered> remembered, Sink& sink)
    : roster_(roster), sink_(sink), remembered_(std::move(remembered)), standings_(remembered_.size())
{
    for (size_t i = 0; i < remembered_.size(); ++i) standings_[i].is_paused = remembered_[i].was_paused();
}

void FunctionDocuments::renew(FunctionId id, std::optional<Remembered> remembered)
{
    if (remembered_.size() <= id) {
        remembered_.resize(id + 1);
        standings_.resize(id + 1);
    }
    const bool was_paused = remembered ? remembered->was_paused() : standings_[id].is_paused;
    standings_[id] = {.is_paused = was_paused};
    if (remembered) remembered_[id] = std::move(*remembered);
    put(id);
}

void FunctionDocuments::mark_left(FunctionId id)
{
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
    standings_[id].is_paused = is_paused;
    put(id);
}

void FunctionDocuments::set_held(FunctionId id, bool is_quarantined, bool is_off)
{
    standings_[id].is_quarantined = is_quarantined;
    standings_[id].is_off = is_off;
    put(id);
}

void FunctionDocuments::put(FunctionId id)
{
    Remembered& known = remembered_[id];
    const FunctionSpec& spec = *roster_[id].spec;
    std::string json = function_document(spec, roster_[id].phase, known.state, known.document, standings_[id]);
    if (known.document == json) return;
    sink_.put({"#functions", spec.name, json});
    known.document = std::move(json);
}

}  // namespace dumbwaiter
