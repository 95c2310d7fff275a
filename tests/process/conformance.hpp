// SPDX-License-Identifier: BSD-3-Clause
//
// What the functions of a conformance plugin give, in whatever language it was written and whenever it was built.
#pragma once

#include <filesystem>

namespace dumbwaiter::test {

// Runs every function of the library twice in a real host and checks values byte for byte, reports and log.
void check_conformance(const std::filesystem::path& library);

}  // namespace dumbwaiter::test
