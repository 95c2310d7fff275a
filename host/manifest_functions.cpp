// SPDX-License-Identifier: BSD-3-Clause
//
// [functions]: one entry each, in its short form (name = "lib.so:symbol") or as a table.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "key.hpp"
#include "manifest_arguments.hpp"
#include "manifest_function_keys.hpp"
#include "manifest_tables.hpp"
#include "terms_pool.hpp"

namespace dumbwaiter {
namespace {

// What the function does not say itself holds as its library's entry says, else as [dumbwaiter] and [limits] do.
void settle_library(FunctionDraft& draft, const Settings& settings)
{
    FunctionTerms& terms = draft.terms;
    terms.result_limit = limits_of(settings, terms.library).result_size;
    terms.isolation = settings.isolation;
    if (const LibrarySpec* library = find_library_spec(settings, terms.library)) {
        terms.isolation = library->isolation.value_or(settings.isolation);
        if (library->group && terms.group.empty() && draft.places.group.line == 0) {
            terms.group = *library->group;
            draft.places.group = library->at_group;
        }
    }
    if (draft.isolation) terms.isolation = *draft.isolation;
}

// A header that comes after a sub-table of it ([functions.a.kwargs], then [functions.a]) is where the entry is looked
// for.
Position header_of(const TomlEntry& entry)
{
    return entry.value.kind == TomlKind::kTable && entry.value.at.line > entry.at.line ? entry.value.at : entry.at;
}

FunctionTerms default_terms(const Settings& settings)
{
    FunctionTerms terms;
    terms.max_saved = settings.default_saved;
    terms.timeout = settings.timeout;
    terms.serializer_plugin = settings.serializer_plugin;
    terms.args = empty_arguments(Type::kArray);
    terms.kwargs = empty_arguments(Type::kMap);
    return terms;
}

// Over the files of conf.d: in one file TOML itself knows each name once. The first stays.
void refuse_repeated(std::vector<FunctionSpec>& functions, ProblemList& problems)
{
    if (std::ranges::adjacent_find(functions, {}, &FunctionSpec::name) == functions.end()) return;
    std::vector<FunctionSpec> kept;
    kept.reserve(functions.size());
    for (FunctionSpec& spec : functions) {
        if (kept.empty() || kept.back().name != spec.name) {
            kept.push_back(std::move(spec));
            continue;
        }
        problems.add(spec.at, fmt::format("{} is there already{}: write each name once", json_quote(spec.name),
                                          problems.first_place(kept.back().at, spec.at)));
    }
    functions = std::move(kept);
}

class FunctionReader {
public:
    FunctionReader(const std::filesystem::path& folder, const Settings& settings, ProblemList& problems)
        : folder_(folder), settings_(settings), problems_(problems)
    {}

    FunctionSpec read(const TomlEntry& entry)
    {
        if (!is_valid_name(entry.key)) {
            problems_.add(entry.at, fmt::format("{} is no name: a function's name has 1 to {} of A-Z a-z 0-9 _ . : -",
                                                shown({.kind = TomlKind::kText, .text = entry.key}), kMaxNameLength));
        }
        if (entry.value.kind == TomlKind::kText) return read_short_form(entry);
        if (entry.value.kind == TomlKind::kTable) return read_table(entry);
        add_wrong_value(entry, fmt::format("\"LIBRARY.so:FUNCTION\", or a table [functions.{}]", entry.key), problems_);
        return finished(draft_of(entry));
    }

private:
    FunctionDraft draft_of(const TomlEntry& entry) const
    {
        const Position at = header_of(entry);
        return {.spec = {.name = entry.key, .at = at, .serializer = settings_.serializer},
                .terms = default_terms(settings_),
                .places = {.function = at, .group = {}, .args = at, .kwargs = at, .kwargs_keys = {}},
                .folder = folder_};
    }

    // Of the same text the same comes out, but for where it stands.
    FunctionSpec read_short_form(const TomlEntry& entry)
    {
        const auto known = short_forms_.find(entry.value.text);
        if (known != short_forms_.end()) {
            return {.name = entry.key, .at = entry.at, .terms = known->second, .serializer = settings_.serializer};
        }
        const size_t before = problems_.size();
        FunctionDraft draft = draft_of(entry);
        read_entry_point(entry, draft, problems_);
        settle_library(draft, settings_);
        draft.when.settle(draft.terms, settings_, problems_);
        const bool is_placed_alike = draft.places.group.line == 0;
        FunctionSpec spec = finished(std::move(draft));
        if (problems_.size() == before && is_placed_alike) short_forms_.emplace(entry.value.text, spec.terms);
        return spec;
    }

    FunctionSpec read_table(const TomlEntry& entry)
    {
        FunctionDraft draft = draft_of(entry);
        read_function_keys(entry, draft, problems_);
        draft.serializer.settle(draft.spec.serializer, draft.terms.serializer_plugin, problems_);
        draft.when.settle(draft.terms, settings_, problems_);
        if (!draft.has_function) {
            problems_.add(draft.spec.at, fmt::format("{} has no \"function\": add function = \"LIBRARY.so:FUNCTION\"",
                                                     json_quote(entry.key)));
        }
        settle_library(draft, settings_);
        check_plain_call(draft, problems_);
        return finished(std::move(draft));
    }

    FunctionSpec finished(FunctionDraft&& draft)
    {
        FunctionSpec& spec = draft.spec;
        const FunctionPlaces nowhere_else{.function = spec.at, .group = {}, .args = spec.at, .kwargs = spec.at};
        if (draft.places != nowhere_else) spec.places = std::make_shared<const FunctionPlaces>(std::move(draft.places));
        spec.terms = pool_.share(std::move(draft.terms));
        return std::move(spec);
    }

    const std::filesystem::path& folder_;
    const Settings& settings_;
    ProblemList& problems_;
    TermsPool pool_;
    std::unordered_map<std::string, std::shared_ptr<const FunctionTerms>> short_forms_;  // good ones, by their text
};

}  // namespace

FunctionSpec function_by_default(std::string name, std::string library, std::string symbol, const Manifest& manifest)
{
    const Settings& settings = manifest.settings;
    FunctionDraft draft{.spec = {.name = std::move(name), .at = {}, .serializer = settings.serializer},
                        .terms = default_terms(settings),
                        .places = {},
                        .folder = manifest.folder};
    draft.terms.library = std::move(library);
    draft.terms.symbol = std::move(symbol);
    settle_library(draft, settings);
    ProblemList none;
    draft.when.settle(draft.terms, settings, none);
    draft.spec.terms = std::make_shared<const FunctionTerms>(std::move(draft.terms));
    return std::move(draft.spec);
}

std::vector<FunctionSpec> read_functions(const TomlValue& root, const std::filesystem::path& folder,
                                         const Settings& settings, ProblemList& problems)
{
    std::vector<FunctionSpec> functions;
    FunctionReader reader(folder, settings, problems);
    for (const TomlEntry& table : root.entries) {
        if (table.key != "functions") continue;
        if (table.value.kind != TomlKind::kTable) {
            problems.add(table.at,
                         fmt::format("\"functions\" must be a table ([functions] or [functions.NAME]), not {}",
                                     shown(table.value)));
        }
        functions.reserve(functions.size() + table.value.entries.size());
        for (const TomlEntry& entry : table.value.entries) functions.push_back(reader.read(entry));
    }
    // A generated manifest mostly is in order, which is quicker seen than made.
    if (!std::ranges::is_sorted(functions, {}, &FunctionSpec::name)) {
        std::ranges::stable_sort(functions, {}, &FunctionSpec::name);
    }
    refuse_repeated(functions, problems);
    check_after(functions, settings, problems);
    return functions;
}

}  // namespace dumbwaiter
