// SPDX-License-Identifier: BSD-3-Clause
//
// Asking the host that writes a store for something, over its control socket (FORMAT.md, "control").
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

#include "document.hpp"
#include "status.hpp"

namespace dumbwaiter {

inline constexpr const char* kControlSocket = "control";  // in the store's folder
inline constexpr int64_t kNoEnd = std::numeric_limits<int64_t>::max();

// {"do":"refresh","name":"count"}
std::string host_request(std::string_view command, std::string_view name = {});

// {"do":"reload","dry":true}
std::string reload_request(bool is_dry);

// What the host answers: a JSON object with a `code` of codes.h and, unless that is DW_OK, a `text`. Waits until
// CLOCK_MONOTONIC `until` at the latest. Closes the connection, on which the host forgets what it was asked for.
// kNotFound: no host runs; kDenied: not this user; kTimeout; kIo.
Expected<Document> ask_host(const std::filesystem::path& folder, std::string_view request, int64_t until = kNoEnd);

}  // namespace dumbwaiter
