// SPDX-License-Identifier: BSD-3-Clause
//
// What the store holds of one function when a host meets it: its state, and of its #functions document what counts,
// without the text, as there may be a million of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store.hpp"

namespace dumbwaiter {

// From which records on a history is bounded by max_saved: those before came under another bound.
struct Bound {
    // The one that holds under this max_saved: a new one is made true by the next record, which comes after those that
    // are there now.
    Bound under(uint32_t max_saved_now, const NameState& state) const;

    uint32_t max_saved = 0;  // 0 = nothing is known
    int64_t from_value = 0, from_error = 0;
};

// Of the text of a #functions document; never 0.
size_t document_digest(std::string_view json);

struct Remembered {
    Remembered() = default;
    // `document`: its #functions document, which this host or one before it wrote; empty = it has none.
    explicit Remembered(const NameState& state, std::string_view document = {});

    // Its phase, if it had one under this frequency (ns).
    std::optional<int64_t> phase_under(int64_t frequency_now) const;

    NameState state;
    Bound bound;
    std::optional<int64_t> frequency, phase;  // ns
    size_t digest = 0;                        // of the document; 0 = it has none
    bool was_paused = false;
};

// Fails where the store cannot be read.
Expected<Remembered> remembered_of(Store& store, const std::string& name);

}  // namespace dumbwaiter
