// SPDX-License-Identifier: BSD-3-Clause
//
// [library."NAME.so"]: one entry each, and what the entries and the functions mean for each other.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "manifest_tables.hpp"
#include "suggestion.hpp"

namespace dumbwaiter {
namespace {

struct LibraryDraft {
    LibrarySpec spec;
    const std::filesystem::path& folder;
    TomlEntry allowance{};  // the first key that opens a sandbox
};

void read_library_isolation(const TomlEntry& entry, LibraryDraft& draft, ProblemList& problems)
{
    Isolation isolation = Isolation::kProcess;
    const size_t before = problems.size();
    read_isolation(entry, isolation, problems);
    if (problems.size() != before) return;
    draft.spec.isolation = isolation;
    draft.spec.at_isolation = entry.at;
}

void read_library_group(const TomlEntry& entry, LibraryDraft& draft, ProblemList& problems)
{
    std::string group;
    read_group(entry, group, problems);
    if (group.empty()) return;
    draft.spec.group = group;
    draft.spec.at_group = entry.at;
}

void read_library_trust(const TomlEntry& entry, LibraryDraft& draft, ProblemList& problems)
{
    Trust trust = Trust::kOwner;
    const size_t before = problems.size();
    read_trust(entry, trust, problems);
    if (problems.size() == before) draft.spec.trust = trust;
}

void read_sha256(const TomlEntry& entry, LibraryDraft& draft, ProblemList& problems)
{
    std::string digits = entry.value.text;
    for (char& c : digits) {
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    }
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (digits.size() != 64 || !std::ranges::all_of(digits, is_digit)) {
        return add_wrong_value(entry, "the 64 hexadecimal digits that sha256sum prints", problems);
    }
    draft.spec.sha256 = std::move(digits);
    draft.spec.at_sha256 = entry.at;
}

void read_library_limit(const TomlEntry& entry, LibraryDraft& draft, ProblemList& problems)
{
    read_limit(entry, draft.spec.limits, draft.spec.at_limit, problems);
}

void read_library_sandbox(const TomlEntry& entry, LibraryDraft& draft, ProblemList& problems)
{
    read_sandbox(entry, draft.spec.sandbox, problems);
}

void mark(const TomlEntry& entry, LibraryDraft& draft)
{
    if (draft.allowance.key.empty()) draft.allowance = entry;
}

void read_allow_read(const TomlEntry& entry, LibraryDraft& draft, ProblemList& problems)
{
    mark(entry, draft);
    read_paths(entry, "paths, such as [\"/etc/hosts\"]", draft.folder, draft.spec.sandbox.read, problems);
}

void read_allow_write(const TomlEntry& entry, LibraryDraft& draft, ProblemList& problems)
{
    mark(entry, draft);
    read_paths(entry, "paths, such as [\"cache\"]", draft.folder, draft.spec.sandbox.write, problems);
}

void read_allow_network(const TomlEntry& entry, LibraryDraft& draft, ProblemList& problems)
{
    mark(entry, draft);
    read_boolean(entry, draft.spec.sandbox.network, problems);
}

void read_allow_processes(const TomlEntry& entry, LibraryDraft& draft, ProblemList& problems)
{
    mark(entry, draft);
    read_boolean(entry, draft.spec.sandbox.processes, problems);
}

constexpr Field<LibraryDraft> kLibraryFields[] = {
    {"isolation", read_library_isolation},
    {"group", read_library_group},
    {"trust", read_library_trust},
    {"sha256", read_sha256},
    {"memory", read_library_limit},
    {"open_files", read_library_limit},
    {"processes", read_library_limit},
    {"cpu_seconds", read_library_limit},
    {"result_size", read_library_limit},
    {"core_dumps", read_library_limit},
    {"sandbox", read_library_sandbox},
    {"allow_read", read_allow_read},
    {"allow_write", read_allow_write},
    {"allow_network", read_allow_network},
    {"allow_processes", read_allow_processes},
};

std::string library_advice(const TomlEntry& entry)
{
    if (is_function_key(entry.key)) return "it belongs to a function, under [functions.NAME]";
    if (is_settings_key(entry.key)) return "it belongs under [dumbwaiter]";
    return {};
}

// [library.x.so] is a table "so" in a library "x": what was meant is a name with a dot in it.
bool lacks_quotes(const TomlEntry& entry, ProblemList& problems)
{
    for (const TomlEntry& inner : entry.value.entries) {
        if (inner.value.kind != TomlKind::kTable) continue;
        problems.add(inner.at,
                     fmt::format("a name with a dot needs quotes, [library.\"{}.{}\"]", entry.key, inner.key));
        return true;
    }
    return false;
}

LibraryDraft defaults(const TomlEntry& entry, const std::filesystem::path& folder, const Settings& settings)
{
    LibraryDraft draft{{.name = entry.key, .at = entry.at}, folder};
    if (entry.key.find('/') != std::string::npos) draft.spec.name = (folder / entry.key).lexically_normal().string();
    draft.spec.limits = settings.limits;
    draft.spec.sandbox = settings.sandbox;
    return draft;
}

void read_library(const TomlEntry& entry, const std::filesystem::path& folder, Settings& settings,
                  ProblemList& problems)
{
    LibraryDraft draft = defaults(entry, folder, settings);
    if (!is_kind(entry, TomlKind::kTable, problems) || lacks_quotes(entry, problems)) return;
    if (const LibrarySpec* const first = find_library_spec(settings, draft.spec.name)) {
        return problems.add(entry.at, fmt::format("{} is there already{}: write each library once",
                                                  shown({.kind = TomlKind::kText, .text = draft.spec.name}),
                                                  problems.first_place(first->at, entry.at)));
    }
    read_fields<LibraryDraft>(entry.value, kLibraryFields, draft, problems, library_advice);
    if (!draft.allowance.key.empty() && !draft.spec.sandbox.strict) {
        problems.add(draft.allowance.at,
                     fmt::format("\"{}\" opens a sandbox, and this library has none: add sandbox = \"strict\"",
                                 draft.allowance.key));
    }
    settings.libraries.push_back(std::move(draft.spec));
}

// ---- what entries and functions mean for each other

void check_use(const Manifest& manifest, ProblemList& problems)
{
    if (manifest.settings.autoload) return;  // it may be of one that is dropped in: autoload_warnings()
    // A function without a library has a problem already, and its library may be the very one.
    if (std::ranges::any_of(manifest.functions, [](const auto& spec) { return spec->library.empty(); })) return;
    const std::vector<std::string_view> used = used_libraries(manifest);
    for (const LibrarySpec& library : manifest.settings.libraries) {
        if (std::ranges::find(used, library.name) != used.end()) continue;
        const std::string name = shown({.kind = TomlKind::kText, .text = library.name});
        const std::string near = did_you_mean(library.name, used);
        problems.add(library.at, fmt::format("no function is of {}{}", name,
                                             near.empty() ? ": write its name as \"function\" has it" : near));
    }
}

constexpr std::string_view kWriteProcess = "write isolation = \"process\", or leave it out";

// What is promised must hold: none of this can be done to a part of the host.
void check_thread(const FunctionSpec& spec, const Settings& settings, ProblemList& problems)
{
    if (spec->isolation != Isolation::kThread) return;
    if (!spec->group.empty()) {
        problems.add_once(
            spec.at_group(),
            fmt::format("a group shares a child process, and {} runs inside the host: {}", spec.name, kWriteProcess));
    }
    const LibrarySpec* library = find_library_spec(settings, spec->library);
    if (library != nullptr && library->at_limit.line != 0) {
        problems.add_once(library->at_limit, fmt::format("this limits child processes, and {} runs inside the host: {}",
                                                         spec.name, kWriteProcess));
    }
    if (const Sandbox sandbox = sandbox_of(settings, spec->library); sandbox.strict) {
        problems.add_once(sandbox.at, fmt::format("a sandbox holds a child process, and {} runs inside the host: {}",
                                                  spec.name, kWriteProcess));
    }
}

// [limits] is for those that run in children: it is a mistake only where none does.
void check_global_limits(const Manifest& manifest, ProblemList& problems)
{
    const auto is_thread = [](const FunctionSpec& spec) { return spec->isolation == Isolation::kThread; };
    if (manifest.settings.at_limit.line == 0 || manifest.functions.empty() || manifest.settings.autoload) return;
    if (!std::ranges::all_of(manifest.functions, is_thread)) return;
    problems.add(
        manifest.settings.at_limit,
        fmt::format("this limits child processes, and every function runs inside the host: {}", kWriteProcess));
}

bool can_share_a_child(const Settings& settings, std::string_view a, std::string_view b)
{
    Limits of_a = limits_of(settings, a), of_b = limits_of(settings, b);
    of_a.result_size = of_b.result_size;  // each function has its own
    of_a.cpu_seconds = of_b.cpu_seconds;  // and this is of an invocation
    const Sandbox in_a = sandbox_of(settings, a), in_b = sandbox_of(settings, b);
    return of_a == of_b && in_a.strict == in_b.strict && in_a.read == in_b.read && in_a.write == in_b.write &&
           in_a.network == in_b.network && in_a.processes == in_b.processes;
}

void check_groups(const Manifest& manifest, ProblemList& problems)
{
    std::map<std::string_view, std::string_view> first;  // group -> library
    const auto join = [&](std::string_view library, std::string_view group, Position at) {
        if (group.empty() || library.empty()) return;
        const std::string_view other = first.try_emplace(group, library).first->second;
        if (can_share_a_child(manifest.settings, other, library)) return;
        problems.add_once(at,
                          fmt::format("\"{}\" and \"{}\" share a child process in group \"{}\", and their limits or "
                                      "sandboxes differ: make these the same, or the groups different",
                                      other, library, group));
    };
    for (const FunctionSpec& spec : manifest.functions) join(spec->library, spec->group, spec.at_group());
    if (!manifest.settings.autoload) return;
    for (const LibrarySpec& library : manifest.settings.libraries) {
        join(library.name, library.group.value_or(""), library.at_group);
    }
}

}  // namespace

bool is_library_key(std::string_view key)
{
    return std::ranges::any_of(kLibraryFields, [&](const auto& field) { return field.key == key; });
}

void read_libraries(const TomlValue& root, const std::filesystem::path& folder, Settings& settings,
                    ProblemList& problems)
{
    for (const TomlEntry& table : root.entries) {
        if (table.key != "library" || !is_kind(table, TomlKind::kTable, problems)) continue;
        for (const TomlEntry& entry : table.value.entries) read_library(entry, folder, settings, problems);
    }
}

std::vector<std::string_view> used_libraries(const Manifest& manifest)
{
    std::set<std::string_view> names{manifest.settings.serializer_plugin.library};
    for (const FunctionSpec& spec : manifest.functions) {
        names.insert(spec->library);
        names.insert(spec->serializer_plugin.library);
    }
    names.erase(std::string_view());
    return {names.begin(), names.end()};
}

void check_libraries(const Manifest& manifest, ProblemList& problems)
{
    check_use(manifest, problems);
    for (const FunctionSpec& spec : manifest.functions) check_thread(spec, manifest.settings, problems);
    check_global_limits(manifest, problems);
    check_groups(manifest, problems);
}

const LibrarySpec* find_library_spec(const Settings& settings, std::string_view library)
{
    const auto at = std::ranges::find(settings.libraries, library, &LibrarySpec::name);
    return at == settings.libraries.end() ? nullptr : &*at;
}

Limits limits_of(const Settings& settings, std::string_view library)
{
    const LibrarySpec* spec = find_library_spec(settings, library);
    return spec != nullptr ? spec->limits : settings.limits;
}

Sandbox sandbox_of(const Settings& settings, std::string_view library)
{
    const LibrarySpec* spec = find_library_spec(settings, library);
    return spec != nullptr ? spec->sandbox : settings.sandbox;
}

}  // namespace dumbwaiter
