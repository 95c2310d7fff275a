// SPDX-License-Identifier: BSD-3-Clause
//
// Base64 of RFC 4648, with padding: how JSON shows bytes.
#pragma once

#include <string>
#include <string_view>

namespace dumbwaiter {

std::string base64(std::string_view bytes);

}  // namespace dumbwaiter
