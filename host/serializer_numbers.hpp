// SPDX-License-Identifier: BSD-3-Clause
//
// The numbers of plugins' serializers: given out in #serializers when the host starts, and for ever.
#pragma once

#include "documents.hpp"
#include "manifest.hpp"
#include "registry.hpp"
#include "status.hpp"
#include "store.hpp"

namespace dumbwaiter {

// Gives every plugin's serializer of the manifest its number, the one that it has (same library name, symbol and
// options) or the next free one, commits the new ones at once, and fills FunctionSpec::serializer, Function::serializer
// and Registry::serializers: where functions run in this process also with those that only older values need, if their
// libraries are found. Forks to try
// those out: call it before the process has threads. kFull: every number is given out.
Status give_out_numbers(Manifest& manifest, const Resolution& resolution, Registry& registry, Store& store);

// The same for a host that runs already: new ones are left in `puts`, to be committed before any value that has one.
// Does not fork, so those that only older values need have none.
Status give_out_more_numbers(Manifest& manifest, const Resolution& resolution, Registry& registry, Store& store,
                             std::vector<Store::Put>& puts);

// For a child, which knows no numbers: its functions' serializers, all under the first number of plugins'. The host
// puts the right one in its place.
void use_serializers(Manifest& manifest, Registry& registry);

// For a child as well: a serializer that it meets in a value, opened without a trial.
Expected<dw_serializer_info> open_serializer_here(const SerializerFacts& facts, const Manifest& manifest);

}  // namespace dumbwaiter
