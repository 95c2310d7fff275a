// SPDX-License-Identifier: BSD-3-Clause
//
// A value lasts as long as the schedule says that its function has now, not the one that it was made under.
#pragma once

#include "manifest.hpp"
#include "sink.hpp"
#include "store.hpp"

namespace dumbwaiter {

// Stamps the newest value anew where it says another time than `spec`.
void refresh_deadline(Store& store, Sink& sink, const FunctionSpec& spec);

}  // namespace dumbwaiter
