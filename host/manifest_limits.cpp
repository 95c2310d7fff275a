// SPDX-License-Identifier: BSD-3-Clause
//
// The keys of [limits], which an entry of [library] may have as well, and `sandbox`.
#include <fmt/format.h>

#include <algorithm>

#include "manifest_tables.hpp"

namespace dumbwaiter {
namespace {

struct LimitsDraft {
    Limits& limits;
    Position& at;
};

// "none" takes away what holds without this key.
bool takes_away(const TomlEntry& entry)
{
    return entry.value.kind == TomlKind::kText && entry.value.text == "none";
}

void read_count(const TomlEntry& entry, uint32_t low, uint32_t high, std::optional<uint64_t>& out,
                ProblemList& problems)
{
    if (takes_away(entry)) return out.reset();
    const TomlValue& value = entry.value;
    if (value.kind != TomlKind::kInteger || value.integer < low || value.integer > high) {
        return add_wrong_value(entry, fmt::format("an integer from {} to {}, or \"none\"", low, high), problems);
    }
    out = static_cast<uint64_t>(value.integer);
}

void mark(const TomlEntry& entry, LimitsDraft& draft)
{
    if (draft.at.line == 0 && !takes_away(entry)) draft.at = entry.at;
}

void read_memory(const TomlEntry& entry, LimitsDraft& draft, ProblemList& problems)
{
    mark(entry, draft);
    if (takes_away(entry)) return draft.limits.memory.reset();
    uint64_t bytes = draft.limits.memory.value_or(0);
    const size_t before = problems.size();
    read_size(entry, uint64_t{1} << 20, uint64_t{1} << 40, bytes, problems);
    if (problems.size() == before) draft.limits.memory = bytes;
}

// The child itself has 0, 1, 2, its channel and what its libraries are loaded from.
void read_open_files(const TomlEntry& entry, LimitsDraft& draft, ProblemList& problems)
{
    mark(entry, draft);
    read_count(entry, 16, 1 << 20, draft.limits.open_files, problems);
}

void read_processes(const TomlEntry& entry, LimitsDraft& draft, ProblemList& problems)
{
    mark(entry, draft);
    read_count(entry, 0, 1 << 16, draft.limits.processes, problems);
}

void read_cpu_seconds(const TomlEntry& entry, LimitsDraft& draft, ProblemList& problems)
{
    mark(entry, draft);
    read_count(entry, 1, 366 * 86400, draft.limits.cpu_seconds, problems);
}

void read_result_size(const TomlEntry& entry, LimitsDraft& draft, ProblemList& problems)
{
    read_size(entry, 1, uint64_t{64} << 20, draft.limits.result_size, problems);
}

void read_core_dumps(const TomlEntry& entry, LimitsDraft& draft, ProblemList& problems)
{
    read_boolean(entry, draft.limits.core_dumps, problems);
}

constexpr Field<LimitsDraft> kLimitFields[] = {
    {"memory", read_memory},           {"open_files", read_open_files},   {"processes", read_processes},
    {"cpu_seconds", read_cpu_seconds}, {"result_size", read_result_size}, {"core_dumps", read_core_dumps},
};

}  // namespace

bool is_limit_key(std::string_view key)
{
    return std::ranges::any_of(kLimitFields, [&](const auto& field) { return field.key == key; });
}

void read_limit(const TomlEntry& entry, Limits& limits, Position& at, ProblemList& problems)
{
    LimitsDraft draft{limits, at};
    const TomlValue table{.entries = {entry}};
    read_fields<LimitsDraft>(table, kLimitFields, draft, problems, [](const TomlEntry& unknown) {
        return is_library_key(unknown.key) ? std::string("it belongs to a library, under [library.\"NAME.so\"]")
                                           : std::string();
    });
}

void read_sandbox(const TomlEntry& entry, Sandbox& sandbox, ProblemList& problems)
{
    sandbox.at = entry.at;
    read_choice<bool>(entry, {{"none", false}, {"strict", true}}, sandbox.strict, problems);
}

void read_paths(const TomlEntry& entry, std::string_view example, const std::filesystem::path& folder,
                std::vector<std::filesystem::path>& out, ProblemList& problems)
{
    if (entry.value.kind != TomlKind::kArray) {
        return add_wrong_value(entry, fmt::format("an array of {}", example), problems);
    }
    out.clear();
    for (const TomlValue& item : entry.value.items) {
        const TomlEntry element{entry.key, item.at, item};
        std::string path;
        read_plain_text(element, path, problems);
        if (!path.empty()) out.push_back((folder / path).lexically_normal());
    }
}

}  // namespace dumbwaiter
