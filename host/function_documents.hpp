// SPDX-License-Identifier: BSD-3-Clause
//
// What the store is told of each function in #functions. The main thread's.
#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>
#include <vector>

#include "ledger.hpp"
#include "remembered.hpp"
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
    FunctionDocuments(const Roster& roster, const std::vector<Remembered>& remembered, Sink& sink);

    // Every function's, with its last sequences: where nothing runs. Some thousands at a time, so that a million do not
    // wait in memory, but for a store that takes longer than `patience` for these.
    void put_all(const Ledger& ledger, int64_t patience);
    void set_paused(FunctionId id, bool is_paused);
    void set_held(FunctionId id, bool is_quarantined, bool is_off);
    void set_troubles(const std::vector<Troubles::Change>& changes);
    // What the roster says of it has changed, or it is new there: then `remembered` is what the store holds of it.
    // No record that is older than this one's max_saved has a sequence above those of `last`.
    void renew(FunctionId id, const std::optional<Remembered>& remembered, const NameState& last);
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
    // What the store was told of a function last, but for the text of it, of which there may be a million.
    struct Told {
        uint64_t last_value = 0, last_error = 0;
        Bound bound;
        size_t digest = 0;  // of the text; 0 = it was told nothing
    };

    static Told told_of(const Remembered& remembered);
    bool put(FunctionId id);  // false: it would be what it was told last
    std::string document_of(FunctionId id) const;
    void set_standing(FunctionId id, const Standing& standing);

    const Roster& roster_;
    Sink& sink_;
    std::vector<Told> told_;
    std::vector<Standing> standings_;
    Held held_;
    std::unordered_map<FunctionId, Trouble> troubles_;  // of those that ever had any
};

}  // namespace dumbwaiter
