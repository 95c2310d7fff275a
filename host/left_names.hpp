// SPDX-License-Identifier: BSD-3-Clause
//
// Names that the store remembers and the manifest no longer has.
#pragma once

#include <string>
#include <vector>

#include "manifest.hpp"
#include "store.hpp"

namespace dumbwaiter {

// Their #functions documents with "in_manifest": false, so that no reader expects them to run. Those that say so
// already are left out; a name that comes back gets a document without it.
Expected<std::vector<Store::Put>> mark_left_names(const Manifest& manifest, Store& store);

// The same of one document; "" where there is nothing to change, or nothing that this host understands.
std::string marked_as_left(std::string json);

}  // namespace dumbwaiter
