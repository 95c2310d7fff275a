// SPDX-License-Identifier: BSD-3-Clause
//
// Keeps secrets out of what libraries print: their child writes it, but the host, which does not know a secret, logs
// it.
#pragma once

#include <string>
#include <string_view>

namespace dumbwaiter {

struct Manifest;

// From now on the secrets of this manifest too are looked for in output. Any thread.
void keep_out_of_output(const Manifest& manifest);

// The line without them. They are looked up anew at each line: a line costs little beside a secret that was changed.
std::string discreet_output(std::string_view line);

}  // namespace dumbwaiter
