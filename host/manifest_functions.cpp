// SPDX-License-Identifier: BSD-3-Clause
//
// [functions]: one entry each, in its short form (name = "lib.so:symbol") or as a table.
#include <fmt/format.h>

#include <algorithm>

#include "key.hpp"
#include "manifest_arguments.hpp"
#include "manifest_entry_point.hpp"
#include "manifest_serializer.hpp"
#include "manifest_tables.hpp"
#include "manifest_when.hpp"

namespace dumbwaiter {
namespace {

struct FunctionDraft {
    FunctionSpec spec;
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
    draft.spec.at_function = entry.at;
    read_library_symbol(entry, InfoKind::kFunction, draft.folder, draft.spec.library, draft.spec.symbol, problems);
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
    read_arguments(entry, kind, in_kwargs ? draft.spec.kwargs : draft.spec.args, &secrets, problems);
    for (const uint32_t node : secrets) draft.spec.secrets.push_back({in_kwargs, node});
    if (problems.size() != before) draft.spec.has_sound_arguments = false;
}

void read_args(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    draft.spec.at_args = entry.at;
    read_sound_arguments(entry, TomlKind::kArray, draft, problems);
}

void read_kwargs(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    draft.spec.at_kwargs = entry.at;
    for (const TomlEntry& argument : entry.value.entries) draft.spec.at_kwargs_keys.push_back(argument.at);
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
    draft.spec.signature = std::move(*signature);
    draft.has_bad_signature = false;
}

// Once all keys are read, in whatever order they stand.
void check_plain_call(FunctionDraft& draft, ProblemList& problems)
{
    FunctionSpec& spec = draft.spec;
    if (draft.has_bad_signature) spec.library.clear();  // where to look for it, and for what, depends on it
    if (!spec.signature || !spec.has_sound_arguments) return;
    for (std::string& fault : signature_faults(*spec.signature, spec.symbol.empty() ? "it" : spec.symbol, spec.args)) {
        problems.add(spec.at_args, std::move(fault));
    }
    if (spec.kwargs.nodes[0].size != 0) {
        problems.add(spec.at_kwargs, "a plain C function takes no kwargs: write its arguments into args, in order");
    }
}

void read_max_saved(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    read_integer(entry, 1, kMostSaved, draft.spec.max_saved, problems);
}

void read_timeout(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    read_seconds(entry, Nanoseconds(0), kLongestTime, draft.spec.timeout, problems);
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
    read_choice<Overlap>(entry, {{"skip", Overlap::kSkip}, {"queue", Overlap::kQueue}}, draft.spec.overlap, problems);
}

void read_on_start(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    read_choice<OnStart>(entry, {{"stale", OnStart::kStale}, {"always", OnStart::kAlways}, {"never", OnStart::kNever}},
                         draft.spec.on_start, problems);
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
    read_fields<Retry>(entry.value, kFields, draft.spec.retry, problems);
}

void read_enabled(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    read_boolean(entry, draft.spec.enabled, problems);
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
    draft.spec.at_group = entry.at;
    read_group(entry, draft.spec.group, problems);
}

// What the function does not say itself holds as its library's entry says, else as [dumbwaiter] and [limits] do.
void settle_library(FunctionDraft& draft, const Settings& settings)
{
    FunctionSpec& spec = draft.spec;
    spec.result_limit = limits_of(settings, spec.library).result_size;
    spec.isolation = settings.isolation;
    if (const LibrarySpec* library = find_library_spec(settings, spec.library)) {
        spec.isolation = library->isolation.value_or(settings.isolation);
        if (library->group && spec.group.empty() && spec.at_group.line == 0) {
            spec.group = *library->group;
            spec.at_group = library->at_group;
        }
    }
    if (draft.isolation) spec.isolation = *draft.isolation;
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
    {"watch", accept_only_false},
    {"align", read_when<&WhenKeys::read_align>},
    {"after", read_when<&WhenKeys::read_after>},
    {"cron", read_when<&WhenKeys::read_cron>},
    {"timezone", read_when<&WhenKeys::read_timezone>},
    {"signature", read_signature},
    {"group", read_function_group},
};

std::string function_advice(const FunctionSpec& spec, const TomlEntry& entry)
{
    if (entry.key == "limits") {
        return fmt::format(
            "limits hold for libraries: write its keys under [library.\"{}\"], or under [limits] for all",
            spec.library.empty() ? "NAME.so" : spec.library);
    }
    // [functions.a.b] is a table "b" in a function "a": what was meant is a name with a dot in it.
    const bool is_entry = entry.value.kind == TomlKind::kTable ||
                          (entry.value.kind == TomlKind::kText && entry.value.text.find(':') != std::string::npos);
    if (is_entry) return fmt::format("a name with a dot needs quotes, \"{}.{}\"", spec.name, entry.key);
    if (entry.key == "default_frequency") return "here it is called \"frequency\"";
    if (entry.key == "default_saved") return "here it is called \"max_saved\"";
    if (is_library_key(entry.key)) {
        return fmt::format("it belongs to the library, under [library.\"{}\"]",
                           spec.library.empty() ? "NAME.so" : spec.library);
    }
    if (is_settings_key(entry.key)) return "it belongs under [dumbwaiter]";
    return {};
}

FunctionSpec defaults(const TomlEntry& entry, const Settings& settings)
{
    FunctionSpec spec;
    spec.name = entry.key;
    spec.max_saved = settings.default_saved;
    spec.timeout = settings.timeout;
    spec.serializer = settings.serializer;
    spec.serializer_plugin = settings.serializer_plugin;
    spec.args = empty_arguments(Type::kArray);
    spec.kwargs = empty_arguments(Type::kMap);
    spec.at = spec.at_function = spec.at_args = spec.at_kwargs = entry.at;
    return spec;
}

// A header that comes after a sub-table of it ([functions.a.kwargs], then [functions.a]) is where the entry is looked
// for.
Position header_of(const TomlEntry& entry)
{
    return entry.value.at.line > entry.at.line ? entry.value.at : entry.at;
}

FunctionSpec read_function(const TomlEntry& entry, const std::filesystem::path& folder, const Settings& settings,
                           ProblemList& problems)
{
    FunctionDraft draft{defaults(entry, settings), folder};
    if (!is_valid_name(entry.key)) {
        problems.add(entry.at, fmt::format("{} is no name: a function's name has 1 to {} of A-Z a-z 0-9 _ . : -",
                                           shown({.kind = TomlKind::kText, .text = entry.key}), kMaxNameLength));
    }
    if (entry.value.kind == TomlKind::kText) {
        read_entry_point(entry, draft, problems);
        settle_library(draft, settings);
        draft.when.settle(draft.spec, settings, problems);
        return std::move(draft.spec);
    }
    if (entry.value.kind != TomlKind::kTable) {
        add_wrong_value(entry, fmt::format("\"LIBRARY.so:FUNCTION\", or a table [functions.{}]", entry.key), problems);
        return std::move(draft.spec);
    }
    draft.spec.at = draft.spec.at_function = draft.spec.at_args = draft.spec.at_kwargs = header_of(entry);
    const auto advice = [&](const TomlEntry& unknown) { return function_advice(draft.spec, unknown); };
    read_fields<FunctionDraft>(entry.value, kFunctionFields, draft, problems, advice);
    draft.serializer.settle(draft.spec.serializer, draft.spec.serializer_plugin, problems);
    draft.when.settle(draft.spec, settings, problems);
    if (!draft.has_function) {
        problems.add(draft.spec.at, fmt::format("{} has no \"function\": add function = \"LIBRARY.so:FUNCTION\"",
                                                json_quote(entry.key)));
    }
    settle_library(draft, settings);
    check_plain_call(draft, problems);
    return std::move(draft.spec);
}

// Over the files of conf.d: in one file TOML itself knows each name once. The first stays.
void refuse_repeated(std::vector<FunctionSpec>& functions, ProblemList& problems)
{
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

}  // namespace

FunctionSpec function_by_default(std::string name, std::string library, std::string symbol, const Manifest& manifest)
{
    FunctionDraft draft{defaults({.key = std::move(name), .at = {}, .value = {}}, manifest.settings), manifest.folder};
    draft.spec.library = std::move(library);
    draft.spec.symbol = std::move(symbol);
    settle_library(draft, manifest.settings);
    ProblemList none;
    draft.when.settle(draft.spec, manifest.settings, none);
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
    for (const TomlEntry& table : root.entries) {
        if (table.key != "functions") continue;
        if (table.value.kind != TomlKind::kTable) {
            problems.add(table.at,
                         fmt::format("\"functions\" must be a table ([functions] or [functions.NAME]), not {}",
                                     shown(table.value)));
        }
        for (const TomlEntry& entry : table.value.entries) {
            functions.push_back(read_function(entry, folder, settings, problems));
        }
    }
    std::ranges::stable_sort(functions, {}, &FunctionSpec::name);
    refuse_repeated(functions, problems);
    check_after(functions, problems);
    return functions;
}

}  // namespace dumbwaiter
