// SPDX-License-Identifier: BSD-3-Clause
//
// The keys of one function's entry, as far as each can be understood by itself.
#pragma once

#include <filesystem>
#include <optional>

#include "manifest_fields.hpp"
#include "manifest_serializer.hpp"
#include "manifest_when.hpp"

namespace dumbwaiter {

// An entry while it is read: keys come in any order, so what some of them come to is settled after all.
struct FunctionDraft {
    FunctionSpec spec;
    FunctionTerms terms;
    FunctionPlaces places;
    const std::filesystem::path& folder;
    bool has_function = false;
    bool has_bad_signature = false;
    std::optional<Isolation> isolation{};
    SerializerKeys serializer{};
    WhenKeys when{};
};

// `function`, or the short form.
void read_entry_point(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems);

// All keys of a table.
void read_function_keys(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems);

// Whether a plain C function is given what its signature says. Once all keys are read.
void check_plain_call(FunctionDraft& draft, ProblemList& problems);

}  // namespace dumbwaiter
