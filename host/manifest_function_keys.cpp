// SPDX-License-Identifier: BSD-3-Clause
#include "manifest_function_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "manifest_arguments.hpp"
#include "manifest_entry_point.hpp"
#include "manifest_tables.hpp"

namespace dumbwaiter {
namespace {

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

}  // namespace

void read_entry_point(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    draft.has_function = true;
    draft.places.function = entry.at;
    read_library_symbol(entry, InfoKind::kFunction, draft.folder, draft.terms.library, draft.terms.symbol, problems);
}

void read_function_keys(const TomlEntry& entry, FunctionDraft& draft, ProblemList& problems)
{
    const auto advice = [&](const TomlEntry& unknown) { return function_advice(draft, unknown); };
    read_fields<FunctionDraft>(entry.value, kFunctionFields, draft, problems, advice);
}

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

bool is_function_key(std::string_view key)
{
    return std::ranges::any_of(kFunctionFields, [&](const auto& field) { return field.key == key; });
}

}  // namespace dumbwaiter
