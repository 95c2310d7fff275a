// SPDX-License-Identifier: BSD-3-Clause
//
// Which process a host is, as #host says it, and whether that process still lives.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "documents.hpp"

namespace dumbwaiter {

// What this process writes about itself into #host (heartbeat left empty).
HostIdentity this_process();

// Does the host of this #host document live? A pid counts only in the same boot, with the same start time, so that a
// number used again is not taken for it. In another pid namespace its pid says nothing: there a heartbeat of the last
// 10 s is believed.
bool host_alive(std::string_view host_json, int64_t now_unix_ns);

// /proc/sys/kernel/random/boot_id; "" where there is none.
std::string boot_id();

}  // namespace dumbwaiter
