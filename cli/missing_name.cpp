// SPDX-License-Identifier: BSD-3-Clause
#include "missing_name.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "field.hpp"
#include "reading_text.hpp"
#include "suggestion.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kShownReason = 200;

int keep_text(void* context, const char*, const dw_reading* report)
{
    if (report->data) *static_cast<std::string*>(context) = one_line(error_text(*report), kShownReason);
    return 1;
}

std::string last_error(const StoreReader& store, const std::string& name)
{
    std::string text;
    dw_get_errors(store.get(), name.c_str(), 1, &keep_text, &text);
    return text;
}

// Why its first value does not come by itself, and what to do; "" = it does.
std::string why_not_due(const StoreReader& store, const std::string& name)
{
    const Document document = store.document("#functions", name);
    const Field function(document);
    const auto is = [&](const char* key) { return function[key].truth().value_or(false); };
    if (!function["in_manifest"].truth().value_or(true)) return "and it left the manifest: write it there again";
    if (!function["enabled"].truth().value_or(true)) return "and it is disabled: set enabled = true in the manifest";
    const char* const held = is("paused")        ? "is paused"
                             : is("quarantined") ? "is in quarantine"
                             : is("off")         ? "turned itself off"
                                                 : nullptr;
    return held == nullptr ? "" : fmt::format("and it {}: `dumbwaiter resume {}` goes on", held, name);
}

}  // namespace

std::string why_missing(const StoreReader& store, const std::string& name)
{
    const std::string error = last_error(store, name);
    if (!error.empty()) {
        return fmt::format("\"{}\" has no value yet, its last run failed: {} (`dumbwaiter errors {}` has all reports)",
                           name, error, name);
    }
    std::vector<std::string> names = store.function_names();
    if (std::find(names.begin(), names.end(), name) != names.end()) {
        if (const std::string why = why_not_due(store, name); !why.empty()) {
            return fmt::format("\"{}\" has no value yet, {}", name, why);
        }
        return fmt::format("\"{}\" has no value yet; `dumbwaiter get {} --wait 60` waits for its first", name, name);
    }
    for (std::string& other : store.value_names()) names.push_back(std::move(other));
    const std::string near = did_you_mean(name, std::vector<std::string_view>(names.begin(), names.end()));
    return fmt::format("there is no \"{}\" in {}{}", name, store.folder().string(),
                       near.empty() ? "; `dumbwaiter list` shows what there is" : near);
}

}  // namespace dumbwaiter
