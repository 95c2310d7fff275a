// SPDX-License-Identifier: BSD-3-Clause
//
// `args` and `kwargs` of the manifest as the Documents that a call gets.
#pragma once

#include "document.hpp"
#include "manifest_fields.hpp"
#include "manifest_tree.hpp"

namespace dumbwaiter {

// Replaces `out` with the array (kArray) or table (kTable) of the entry. Every value in it that cannot be an argument
// becomes a problem at its own place. `secrets` gets the nodes that are secrets; null where none are allowed.
void read_arguments(const TomlEntry& entry, TomlKind kind, Document& out, std::vector<uint32_t>* secrets,
                    ProblemList& problems);

// [] and {}, what a call gets when the manifest names none.
Document empty_arguments(Type type);

}  // namespace dumbwaiter
