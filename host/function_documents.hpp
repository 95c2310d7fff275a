// SPDX-License-Identifier: BSD-3-Clause
//
// What the store is told of each function in #functions. The main thread's.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger.hpp"
#include "roster.hpp"
#include "sink.hpp"
#include "standing.hpp"
#include "start_plan.hpp"

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
    // What the roster says of it has changed, or it is new there: then `remembered` is what the store holds of it.
    void renew(FunctionId id, std::optional<Remembered> remembered);
    // It has left the manifest.
    void mark_left(FunctionId id);
    // Its records are removed.
    void forget(FunctionId id);
    const Standing& standing(FunctionId id) const { return standings_[id]; }

private:
    void put(FunctionId id);

    const Roster& roster_;
    Sink& sink_;
    std::vector<Remembered> remembered_;
    std::vector<Standing> standings_;
};

}  // namespace dumbwaiter
