// SPDX-License-Identifier: BSD-3-Clause
//
// [functions]: one entry each, in its short form (name = "lib.so:symbol") or as a table.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "key.hpp"
#include "manifest_arguments.hpp"
#include "manifest_entry_point.hpp"
#include "manifest_serializer.hpp"
#include "manifest_tables.hpp"
#include "manifest_when.hpp"
#include "terms_pool.hpp"

namespace dumbwaiter {
namespace {

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

void read_entry_point(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    draft.has_function = true;
    draft.places.function = entry.at;
    read_library_symbol(entry, InfoKind::kFunction, draft.folder, draft.terms.library, draft.terms.symbol, problems);
}

// A key of `when`.
template <void (WhenKeys::*kRead)(const TomlEntry&, ProblemList&)>
void read_when(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    (draft.when.*kRead)(entry, problems);
}

void read_sound_arguments(const TomlEntry& entry, TomlKind kind, FunctionDraft& draft, ProblemList& problems)
{
    const bool in_kwargs = kind == TomlKind::kTable;
    const size_t before = problems.size();
    std::vector<uint32_t> secrets;
    read_arguments(entry, kind, in_kwargs ? draft.terms.kwargs : draft.terms.args, &secrets, problems);
    for (const uint32_t node : secrets) draft.terms.secrets.push_back({in_kwargs, node});
    if (problems.size() != before) draft.terms.has_sound_arguments = false;
}

void read_args(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    draft.places.args = entry.at;
    read_sound_arguments(entry, TomlKind::kArray, draft, problems);
}

void read_kwargs(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    draft.places.kwargs = entry.at;
    for (const TomlEntry& argument : entry.value.entries) draft.places.kwargs_keys.push_back(argument.at);
    read_sound_arguments(entry, TomlKind::kTable, draft, problems);
}

void read_signature(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    std::string text;
    draft.has_bad_signature = true;
    read_plain_text(entry, text, problems);
    if (text.empty()) return;
    Expected<Signature> signature = parse_signature(text);
    if (!signature) return problems.add(entry.at, std::move(signature.error().message));
    draft.terms.signature = std::move(*signature);
    draft.has_bad_signature = false;
}

// Once all keys are read, in whatever order they stand.
void check_plain_call(FunctionDraft& draft, ProblemList& problems)
{
    FunctionTerms& terms = draft.terms;
    if (draft.has_bad_signature) terms.library.clear();  // where to look for it, and for what, depends on it
    if (!terms.signature || !terms.has_sound_arguments) return;
    const std::string_view symbol = terms.symbol.empty() ? std::string_view("it") : terms.symbol;
    for (std::string& fault : signature_faults(*terms.signature, symbol, terms.args)) {
        problems.add(draft.places.args, std::move(fault));
    }
    if (terms.kwargs.nodes[0].size != 0) {
        problems.add(draft.places.kwargs,
                     "a plain C function takes no kwargs: write its arguments into args, in order");
    }
}

void read_max_saved(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    read_integer(entry, 1, kMostSaved, draft.terms.max_saved, problems);
}

void read_timeout(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    read_seconds(entry, Nanoseconds(0), kLongestTime, draft.terms.timeout, problems);
}

void read_function_serializer(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    draft.serializer.read(entry, draft.folder, problems);
}

void read_function_serializer_options(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    draft.serializer.read_options(entry, problems);
}

void read_overlap(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    read_choice<Overlap>(entry, {{"skip", Overlap::kSkip}, {"queue", Overlap::kQueue}}, draft.terms.overlap, problems);
}

void read_on_start(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    read_choice<OnStart>(entry, {{"stale", OnStart::kStale}, {"always", OnStart::kAlways}, {"never", OnStart::kNever}},
                         draft.terms.on_start, problems);
}

void read_attempts(const TomlEntry& entry, Retry& retry, ProblemList& problems)
{
    read_integer(entry, 0, 100, retry.attempts, problems);
}

void read_delay(const TomlEntry& entry, Retry& retry, ProblemList& problems)
{
    read_seconds(entry, std::chrono::milliseconds(1), kLongestTime, retry.delay, problems);
}

void read_retry(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    static constexpr Field<Retry> kFields[] = {{"attempts", read_attempts}, {"delay", read_delay}};
    if (entry.value.kind != TomlKind::kTable) {
        return add_wrong_value(entry, "a table, such as { attempts = 2, delay = 1.0 }", problems);
    }
    read_fields<Retry>(entry.value, kFields, draft.terms.retry, problems);
}

void read_enabled(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    read_boolean(entry, draft.terms.enabled, problems);
}

void read_function_isolation(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    Isolation isolation = Isolation::kProcess;
    const size_t before = problems.size();
    read_isolation(entry, isolation, problems);
    if (problems.size() == before) draft.isolation = isolation;
}

void read_function_group(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    draft.places.group = entry.at;
    read_group(entry, draft.terms.group, problems);
}

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

constexpr Field<FunctionDraft> kFunctionFields[] = {
    {"function", read_entry_point},
    {"frequency", read_when<&WhenKeys::read_frequency>},
    {"args", read_args},
    {"kwargs", read_kwargs},
    {"max_saved", read_max_saved},
    {"timeout", read_timeout},
    {"isolation", read_function_isolation},
    {"serializer", read_function_serializer},
    {"serializer_options", read_function_serializer_options},
    {"overlap", read_overlap},
    {"on_start", read_on_start},
    {"retry", read_retry},
    {"enabled", read_enabled},
    {"align", read_when<&WhenKeys::read_align>},
    {"after", read_when<&WhenKeys::read_after>},
    {"cron", read_when<&WhenKeys::read_cron>},
    {"timezone", read_when<&WhenKeys::read_timezone>},
    {"signature", read_signature},
    {"group", read_function_group},
};

std::string function_advice(const FunctionDraft& draft, const TomlEntry& entry)
{
    const std::string_view library = draft.terms.library.empty() ? std::string_view("NAME.so") : draft.terms.library;
    if (entry.key == "limits") {
        return fmt::format(
            "limits hold for libraries: write its keys under [library.\"{}\"], or under [limits] for all", library);
    }
    // [functions.a.b] is a table "b" in a function "a": what was meant is a name with a dot in it.
    const bool is_entry = entry.value.kind == TomlKind::kTable ||
                          (entry.value.kind == TomlKind::kText && entry.value.text.find(':') != std::string::npos);
    if (is_entry) return fmt::format("a name with a dot needs quotes, \"{}.{}\"", draft.spec.name, entry.key);
    if (entry.key == "default_frequency") return "here it is called \"frequency\"";
    if (entry.key == "default_saved") return "here it is called \"max_saved\"";
    if (is_library_key(entry.key)) {
        return fmt::format("it belongs to the library, under [library.\"{}\"]", library);
    }
    if (is_settings_key(entry.key)) return "it belongs under [dumbwaiter]";
    return {};
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
        const auto advice = [&](const TomlEntry& unknown) { return function_advice(draft, unknown); };
        read_fields<FunctionDraft>(entry.value, kFunctionFields, draft, problems_, advice);
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

bool is_function_key(std::string_view key)
{
    return std::ranges::any_of(kFunctionFields, [&](const auto& field) { return field.key == key; });
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
    check_after(functions, problems);
    return functions;
}

}  // namespace dumbwaiter
