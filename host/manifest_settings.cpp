// SPDX-License-Identifier: BSD-3-Clause
//
// Everything in a manifest but its functions: [dumbwaiter], [limits], and what is reserved for later.
#include <fmt/format.h>

#include <algorithm>

#include "manifest_serializer.hpp"
#include "manifest_tables.hpp"

namespace dumbwaiter {
namespace {

struct SettingsDraft {
    Settings& settings;
    const std::filesystem::path& folder;
    SerializerKeys serializer{};
};

std::filesystem::path resolved(const SettingsDraft& draft, const std::string& path)
{
    return (draft.folder / path).lexically_normal();
}

void read_store(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    std::string path;
    read_plain_text(entry, path, problems);
    if (!path.empty()) draft.settings.store = resolved(draft, path);
}

void read_plugin_path(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    if (entry.value.kind != TomlKind::kArray) {
        return add_wrong_value(entry, "an array of folders, such as [\"plugins\"]", problems);
    }
    draft.settings.plugin_path.clear();
    for (const TomlValue& item : entry.value.items) {
        const TomlEntry element{"plugin_path", item.at, item};
        std::string path;
        read_plain_text(element, path, problems);
        if (!path.empty()) draft.settings.plugin_path.push_back(resolved(draft, path));
    }
}

void read_default_frequency(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_seconds(entry, kLeastFrequency, kLongestTime, draft.settings.default_frequency, problems);
}

void read_default_saved(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_integer(entry, 1, kMostSaved, draft.settings.default_saved, problems);
}

void read_default_serializer(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    draft.serializer.read(entry, draft.folder, problems);
}

void read_default_serializer_options(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    draft.serializer.read_options(entry, problems);
}

void read_threaded(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_boolean(entry, draft.settings.threaded, problems);
}

void read_workers(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_integer(entry, 0, 1024, draft.settings.workers, problems);
}

void read_timeout(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_seconds(entry, Nanoseconds(0), kLongestTime, draft.settings.timeout, problems);
}

void read_durability(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_choice<Durability>(
        entry, {{"full", Durability::kFull}, {"relaxed", Durability::kRelaxed}, {"volatile", Durability::kVolatile}},
        draft.settings.durability, problems);
}

void read_commit_interval(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_seconds(entry, Nanoseconds(0), std::chrono::seconds(60), draft.settings.commit_interval, problems);
}

void read_shutdown_grace(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_seconds(entry, Nanoseconds(0), std::chrono::seconds(3600), draft.settings.shutdown_grace, problems);
}

void read_store_group(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_plain_text(entry, draft.settings.store_group, problems);
}

constexpr Field<SettingsDraft> kSettingsFields[] = {
    {"store", read_store},
    {"plugin_path", read_plugin_path},
    {"default_frequency", read_default_frequency},
    {"default_saved", read_default_saved},
    {"serializer", read_default_serializer},
    {"serializer_options", read_default_serializer_options},
    {"threaded", read_threaded},
    {"workers", read_workers},
    {"isolation", accept_only_thread},
    {"timeout", read_timeout},
    {"durability", read_durability},
    {"commit_interval", read_commit_interval},
    {"shutdown_grace", read_shutdown_grace},
    {"store_group", read_store_group},
    {"watch", accept_only_false},
    {"align", accept_only_false},
    {"trust", refuse_for_now},
    {"sandbox", refuse_for_now},
};

std::string settings_advice(const TomlEntry& entry)
{
    if (is_settings_key("default_" + entry.key)) return fmt::format("here it is called \"default_{}\"", entry.key);
    if (entry.key == "max_saved") return "here it is called \"default_saved\"";
    if (is_function_key(entry.key)) return "it belongs to a function, under [functions.NAME]";
    return {};
}

void read_result_size(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_size(entry, 1, uint64_t{64} << 20, draft.settings.result_limit, problems);
}

constexpr Field<SettingsDraft> kLimitsFields[] = {
    {"result_size", read_result_size}, {"memory", refuse_for_now},      {"open_files", refuse_for_now},
    {"processes", refuse_for_now},     {"cpu_seconds", refuse_for_now},
};

constexpr Field<SettingsDraft> kLibraryFields[] = {
    {"isolation", accept_only_thread}, {"group", refuse_for_now},   {"trust", refuse_for_now},
    {"sha256", refuse_for_now},        {"sandbox", refuse_for_now}, {"watch", accept_only_false},
};

constexpr Field<SettingsDraft> kAutoloadFields[] = {{"enabled", accept_only_false}};

template <size_t size>
void read_table(const TomlEntry& entry, const Field<SettingsDraft> (&fields)[size], SettingsDraft& draft,
                ProblemList& problems)
{
    if (is_kind(entry, TomlKind::kTable, problems)) read_fields<SettingsDraft>(entry.value, fields, draft, problems);
}

void read_dumbwaiter(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    if (!is_kind(entry, TomlKind::kTable, problems)) return;
    read_fields<SettingsDraft>(entry.value, kSettingsFields, draft, problems, settings_advice);
}

void read_limits(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_table(entry, kLimitsFields, draft, problems);
}

void read_libraries(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    if (!is_kind(entry, TomlKind::kTable, problems)) return;
    for (const TomlEntry& library : entry.value.entries) read_table(library, kLibraryFields, draft, problems);
}

void read_autoload(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_table(entry, kAutoloadFields, draft, problems);
}

void leave_to_read_functions(const TomlEntry&, SettingsDraft&, ProblemList&) {}

constexpr Field<SettingsDraft> kTables[] = {
    {"dumbwaiter", read_dumbwaiter}, {"functions", leave_to_read_functions},
    {"limits", read_limits},         {"library", read_libraries},
    {"autoload", read_autoload},     {"fleet", accept_only_empty_table},
};

std::string root_advice(const TomlEntry& entry)
{
    if (is_settings_key(entry.key)) return "it belongs under [dumbwaiter]";
    if (is_function_key(entry.key)) return "it belongs to a function, under [functions.NAME]";
    return "a manifest has the tables [dumbwaiter], [functions] and [limits]";
}

}  // namespace

bool is_table_key(std::string_view key)
{
    return std::ranges::any_of(kTables, [&](const auto& field) { return field.key == key; });
}

bool is_settings_key(std::string_view key)
{
    return std::ranges::any_of(kSettingsFields, [&](const auto& field) { return field.key == key; });
}

void read_settings(const TomlValue& root, const std::filesystem::path& folder, Settings& settings,
                   ProblemList& problems)
{
    SettingsDraft draft{settings, folder};
    settings.store = resolved(draft, "dumbwaiter.store");
    settings.plugin_path = {resolved(draft, "plugins")};
    read_fields<SettingsDraft>(root, kTables, draft, problems, root_advice);
    draft.serializer.settle(settings.serializer, settings.serializer_plugin, problems);
}

}  // namespace dumbwaiter
