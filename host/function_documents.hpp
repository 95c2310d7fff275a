// SPDX-License-Identifier: BSD-3-Clause
//
// What the store is told of each function in #functions. The main thread's.
#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>
#include <vector>

#include "ledger.hpp"
#include "roster.hpp"
#include "sink.hpp"
#include "standing.hpp"
#include "start_plan.hpp"
#include "troubles.hpp"

namespace dumbwaiter {

class FunctionDocuments {
public:
    // The references outlive it.
    // `remembered` is by id.
    FunctionDocuments(const Roster& roster, std::vector<Remembered> remembered, Sink& sink);

    // Every function's, with its last sequences: where nothing runs.
    void put_all(const Ledger& ledger);
    void set_paused(FunctionId id, bool is_paused);
    void set_held(FunctionId id, bool is_quarantined, bool is_off);
    void set_troubles(const std::vector<Troubles::Change>& changes);
    // What the roster says of it has changed, or it is new there: then `remembered` is what the store holds of it.
    void renew(FunctionId id, std::optional<Remembered> remembered);
    // It has left the manifest.
    void mark_left(FunctionId id);
    // Its records are removed.
    void forget(FunctionId id);
    const Standing& standing(FunctionId id) const { return standings_[id]; }
    // Those that do not run by themselves, by id; of the manifest.
    struct Held {
        std::set<FunctionId> paused, quarantined, off;
    };
    const Held& held() const { return held_; }

private:
    void put(FunctionId id);
    void set_standing(FunctionId id, const Standing& standing);

    const Roster& roster_;
    Sink& sink_;
    std::vector<Remembered> remembered_;
    std::vector<Standing> standings_;
    Held held_;
    std::unordered_map<FunctionId, Trouble> troubles_;  // of those that ever had any
};

}  // namespace dumbwaiter
