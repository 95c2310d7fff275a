// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers, true and false of an object, without decoding the rest: for the store's small documents, of which there may
// be a million.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace dumbwaiter {

// A field that is looked for, and what stands behind its key up to what ends a number or a word.
struct JsonWord {
    std::string_view key;
    std::string_view text;  // of the value, a view of the JSON; empty = the object has no such field

    // nullopt: it is none that fits.
    std::optional<int64_t> integer() const;
    std::optional<uint64_t> natural() const;
    std::optional<bool> boolean() const;
};

// Fills in the texts of `wanted`, in one pass over an object; of several fields of one key, the first one's. What is no
// JSON gives anything, or nothing.
void find_words(std::string_view json, std::initializer_list<JsonWord*> wanted);

}  // namespace dumbwaiter
