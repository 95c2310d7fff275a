// SPDX-License-Identifier: BSD-3-Clause
//
// What the store is told of each function in #functions. The main thread's.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger.hpp"
#include "manifest.hpp"
#include "sink.hpp"
#include "standing.hpp"
#include "start_plan.hpp"

namespace dumbwaiter {

class FunctionDocuments {
public:
    // The references outlive it.
    FunctionDocuments(const Manifest& manifest, std::vector<Remembered> remembered, std::vector<int64_t> phases,
                      Sink& sink);

    // Every function's, with its last sequences: where nothing runs.
    void put_all(const Ledger& ledger);
    void set_paused(FunctionId id, bool is_paused);
    void set_held(FunctionId id, bool is_quarantined, bool is_off);
    const Standing& standing(FunctionId id) const { return standings_[id]; }

private:
    void put(FunctionId id);

    const Manifest& manifest_;
    Sink& sink_;
    std::vector<Remembered> remembered_;
    const std::vector<int64_t> phases_;
    std::vector<Standing> standings_;
};

}  // namespace dumbwaiter
