// SPDX-License-Identifier: BSD-3-Clause
//
// Phases: where on its grid each function stands. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace dumbwaiter {

struct PhaseRequest {
    std::string_view name;
    int64_t frequency;            // nanoseconds
    std::optional<int64_t> kept;  // the phase it had under the same frequency
};

// The part of `whole` that lies before share number `rank` of `shares`.
int64_t before_share(int64_t whole, int64_t rank, int64_t shares);

// A phase for each request, 0 <= phase < frequency. A kept one stays. New ones are spread evenly over their frequency
// in the order given (by name: what falls due together then lies together in the store), each at a place of its own
// within its share that depends on the name alone, so that single functions do not all meet at 0.
std::vector<int64_t> assign_phases(std::span<const PhaseRequest> requests);

}  // namespace dumbwaiter
