// SPDX-License-Identifier: BSD-3-Clause
//
// The arguments of the manifest against the schema that a function publishes (args_schema, ABI.md).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "document.hpp"
#include "secret.hpp"

namespace dumbwaiter {

// Why this text is no schema that arguments can be checked against, as the rest of a sentence; "" = it is one.
std::string schema_fault(std::string_view text);

struct ArgumentFault {
    bool in_kwargs = false;
    std::optional<size_t> entry;  // which entry of kwargs, where it is one
    std::string message;          // names the argument, what it is and what was wanted
};

// Everything about the arguments that the schema refuses: the schema itself is of `args`, its member "kwargs" of
// `kwargs`. None where schema_fault() refuses the text.
// A secret is text of which nothing is known.
std::vector<ArgumentFault> argument_faults(std::string_view schema, const Document& args, const Document& kwargs,
                                           const std::vector<Secret>& secrets = {});

}  // namespace dumbwaiter
