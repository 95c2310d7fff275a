// SPDX-License-Identifier: BSD-3-Clause
//
// Who waits for which function's next value. Pure data but for the calls that it makes; thread-compatible.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "schedule.hpp"

namespace dumbwaiter {

class Refreshes {
public:
    // What became of a run: a value (also one that is as before), or the text of its last error report.
    struct Outcome {
        bool is_value = false;
        std::string fault;
    };
    using Done = std::function<void(const Outcome&)>;

    // All who ask share one run: that which is under way if there is one, unless it is not to count as it began before
    // they asked. True: a run is to be started.
    bool ask(FunctionId id, bool is_running, bool may_join, Done done);
    // A run has ended for good: no retry of it will come. True: another is to be started, for those who came late.
    bool ended(FunctionId id, const Outcome& outcome);
    // Somebody waits for a run that has not ended.
    bool waits(FunctionId id) const { return waiting_.contains(id); }
    bool empty() const { return waiting_.empty(); }

private:
    struct Waiting {
        std::vector<Done> on_this, on_next;
    };
    std::unordered_map<FunctionId, Waiting> waiting_;
};

}  // namespace dumbwaiter
