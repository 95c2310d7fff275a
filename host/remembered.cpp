// SPDX-License-Identifier: BSD-3-Clause
#include "remembered.hpp"

#include <algorithm>
#include <functional>

#include "json_words.hpp"

namespace dumbwaiter {

Bound Bound::under(uint32_t max_saved_now, const NameState& state) const
{
    if (max_saved == max_saved_now) return *this;
    return {.max_saved = max_saved_now,
            .from_value = static_cast<int64_t>(state.last_value),
            .from_error = static_cast<int64_t>(state.last_error)};
}

size_t document_digest(std::string_view json)
{
    return std::max<size_t>(std::hash<std::string_view>()(json), 1);
}

Remembered::Remembered(const NameState& state, std::string_view document) : state(state)
{
    if (document.empty()) return;
    JsonWord frequency_ns{"frequency_ns"}, phase_ns{"phase_ns"}, max_saved{"max_saved"}, paused{"paused"};
    JsonWord from_value{"bound_from_value"}, from_error{"bound_from_error"};
    find_words(document, {&frequency_ns, &phase_ns, &max_saved, &from_value, &from_error, &paused});
    bound.max_saved = static_cast<uint32_t>(max_saved.integer().value_or(0));
    bound.from_value = from_value.integer().value_or(0);
    bound.from_error = from_error.integer().value_or(0);
    frequency = frequency_ns.integer();
    phase = phase_ns.integer();
    was_paused = paused.boolean().value_or(false);
    digest = document_digest(document);
}

std::optional<int64_t> Remembered::phase_under(int64_t frequency_now) const
{
    return frequency == frequency_now ? phase : std::nullopt;
}

Expected<Remembered> remembered_of(Store& store, const std::string& name)
{
    std::string document;
    const auto state = store.state_of(name, &document);
    if (!state) return within("reading what is stored of " + name, state.error());
    return Remembered(*state, document);
}

}  // namespace dumbwaiter
