// SPDX-License-Identifier: BSD-3-Clause
//
// Counts in sentences.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace dumbwaiter {

// "names", of "name"; "name" where it is one.
inline std::string plural(uint64_t number, std::string_view thing)
{
    return fmt::format("{}{}", thing, number == 1 ? "" : "s");
}

// "12 names"
inline std::string number_of(uint64_t number, std::string_view thing)
{
    return fmt::format("{} {}", number, plural(number, thing));
}

}  // namespace dumbwaiter
