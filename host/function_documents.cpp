// SPDX-License-Identifier: BSD-3-Clause
#include "function_documents.hpp"

#include <utility>

namespace dumbwaiter {

FunctionDocuments::FunctionDocuments(const Manifest& manifest, std::vector<Remembered> remembered,
                                     std::vector<int64_t> phases, Sink& sink)
    : manifest_(manifest),
      sink_(sink),
      remembered_(std::move(remembered)),
      phases_(std::move(phases)),
      standings_(manifest.functions.size())
{
    for (size_t i = 0; i < remembered_.size(); ++i) standings_[i].is_paused = remembered_[i].was_paused();
}

void FunctionDocuments::put_all(const Ledger& ledger)
{
    for (FunctionId id = 0; id < remembered_.size(); ++id) {
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
    const FunctionSpec& spec = manifest_.functions[id];
    std::string json = function_document(spec, phases_[id], known.state, known.document, standings_[id]);
    if (known.document == json) return;
    sink_.put({"#functions", spec.name, json});
    known.document = std::move(json);
}

}  // namespace dumbwaiter
