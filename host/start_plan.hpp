// SPDX-License-Identifier: BSD-3-Clause
//
// From the manifest and what the store remembers to the schedule of a host that starts, and to what the store is told
// of each function. Pure: times are brought by the caller.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "manifest.hpp"
#include "remembered.hpp"
#include "schedule.hpp"
#include "standing.hpp"
#include "store.hpp"
#include "troubles.hpp"

namespace dumbwaiter {

struct Times {
    int64_t boot = 0;  // CLOCK_BOOTTIME
    int64_t wall = 0;
};

// Phases of all functions: those remembered under the same frequency are kept.
std::vector<int64_t> plan_phases(const Manifest& manifest, const std::vector<Remembered>& remembered);

// When the newest value of any of its inputs was finished; `state_of` knows nothing of some names.
using StateOf = std::function<std::optional<NameState>(const std::string& name)>;
std::optional<int64_t> newest_input(const FunctionSpec& spec, const StateOf& state_of);

// First invocations are spread over at most min(frequency, 1 s x functions / 100): how long after the start number
// `rank` of `starting` comes.
int64_t first_delay(const FunctionSpec& spec, int64_t functions, int64_t rank, int64_t starting);

// Whether a function runs as soon as it is known, by its on_start. `input`: when the newest value of those that it goes
// after was finished.
bool starts_now(const FunctionSpec& spec, const NameState& state, const std::optional<int64_t>& input, int64_t wall);

// Its due times from now on, and once more at `first`; of one that is enabled and not running.
void plan_function(Schedule& schedule, FunctionId id, const FunctionSpec& spec, int64_t phase, int64_t now,
                   int64_t first);

// What is stored of the function at that place of the manifest.
using StateOfPlace = std::function<NameState(size_t place)>;

// First invocations are spread as first_delay() says, in the order of names. What goes by cron is stale when a due
// time has passed since its value; what only goes after others, when one of them has a newer value.
Schedule plan_schedule(const Manifest& manifest, const StateOfPlace& state_of_place, const std::vector<int64_t>& phases,
                       const Times& now);

// Every enabled function once, now.
Schedule plan_once(const Manifest& manifest, const Times& now);

// The #functions document of one function (FORMAT.md). `before` is what held until now.
std::string function_document(const FunctionSpec& spec, int64_t phase, const NameState& state, const Bound& before = {},
                              const Standing& standing = {}, const Trouble& trouble = {});

}  // namespace dumbwaiter
