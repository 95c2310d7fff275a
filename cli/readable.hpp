// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers as people read them. Scripts take --json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dumbwaiter {

// "250 us", "1.5 ms", "3.2 s", "4 min 10 s", "3 h 12 min", "5 d 2 h"; negative ones with a minus.
std::string readable_seconds(double seconds);

std::string readable_bytes(uint64_t bytes);   // "512 B", "3.2 MiB"
std::string readable_count(uint64_t number);  // "12,345"

std::string counted(uint64_t number, std::string_view thing);  // "1 name", "12,345 names"

}  // namespace dumbwaiter
