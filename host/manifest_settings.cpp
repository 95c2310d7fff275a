// SPDX-License-Identifier: BSD-3-Clause
//
// The tables of a manifest for the host as a whole: [dumbwaiter], [limits], and what is reserved for later.
#include <fmt/format.h>

#include <algorithm>

#include "manifest_serializer.hpp"
#include "manifest_tables.hpp"
#include "suggestion.hpp"

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
    read_paths(entry, "folders, such as [\"plugins\"]", draft.folder, draft.settings.plugin_path, problems);
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

void read_watch(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_boolean(entry, draft.settings.watch, problems);
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
    draft.settings.at_store_group = entry.at;
    read_plain_text(entry, draft.settings.store_group, problems);
}

void read_default_isolation(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    draft.settings.at_isolation = entry.at;
    read_isolation(entry, draft.settings.isolation, problems);
}

void read_default_align(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_boolean(entry, draft.settings.align, problems);
}

void read_default_trust(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_trust(entry, draft.settings.trust, problems);
}

void read_default_sandbox(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_sandbox(entry, draft.settings.sandbox, problems);
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
    {"isolation", read_default_isolation},
    {"timeout", read_timeout},
    {"durability", read_durability},
    {"commit_interval", read_commit_interval},
    {"shutdown_grace", read_shutdown_grace},
    {"store_group", read_store_group},
    {"watch", read_watch},
    {"align", read_default_align},
    {"trust", read_default_trust},
    {"sandbox", read_default_sandbox},
};

std::string settings_advice(const TomlEntry& entry)
{
    if (is_settings_key("default_" + entry.key)) return fmt::format("here it is called \"default_{}\"", entry.key);
    if (entry.key == "max_saved") return "here it is called \"default_saved\"";
    if (is_limit_key(entry.key)) return "it belongs under [limits]";
    if (is_function_key(entry.key)) return "it belongs to a function, under [functions.NAME]";
    if (is_library_key(entry.key)) return "it belongs to a library, under [library.\"NAME.so\"]";
    return {};
}

void read_autoload_enabled(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_boolean(entry, draft.settings.autoload, problems);
}

constexpr Field<SettingsDraft> kAutoloadFields[] = {{"enabled", read_autoload_enabled}};

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
    if (!is_kind(entry, TomlKind::kTable, problems)) return;
    for (const TomlEntry& limit : entry.value.entries) {
        read_limit(limit, draft.settings.limits, draft.settings.at_limit, problems);
    }
}

void read_autoload(const TomlEntry& entry, SettingsDraft& draft, ProblemList& problems)
{
    read_table(entry, kAutoloadFields, draft, problems);
}

// [functions] and [library] build on what the other tables say, wherever those stand.
void leave_for_later(const TomlEntry&, SettingsDraft&, ProblemList&) {}

constexpr Field<SettingsDraft> kTables[] = {
    {"dumbwaiter", read_dumbwaiter}, {"functions", leave_for_later}, {"limits", read_limits},
    {"library", leave_for_later},    {"autoload", read_autoload},    {"fleet", accept_only_empty_table},
};

std::string root_advice(const TomlEntry& entry)
{
    if (is_settings_key(entry.key)) return "it belongs under [dumbwaiter]";
    if (is_limit_key(entry.key)) return "it belongs under [limits]";
    if (is_function_key(entry.key)) return "it belongs to a function, under [functions.NAME]";
    return "a manifest has the tables [dumbwaiter], [functions], [limits] and [library.\"NAME.so\"]";
}

bool may_mean_store(std::string_view key)
{
    if (key == "store") return true;
    if (is_settings_key(key)) return false;
    std::vector<std::string_view> known;
    for (const auto& field : kSettingsFields) known.push_back(field.key);
    return key.find("store") != key.npos || nearest(key, known) == "store";
}

// At the top of the manifest.
bool may_mean_settings(std::string_view key)
{
    if (is_table_key(key)) return false;
    std::vector<std::string_view> known;
    for (const auto& field : kTables) known.push_back(field.key);
    return nearest(key, known) == "dumbwaiter" || may_mean_store(key);
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

std::vector<Position> store_places(const TomlValue& root)
{
    std::vector<Position> places;
    for (const TomlEntry& entry : root.entries) {
        const bool is_ours = entry.key == "dumbwaiter";
        if (is_ours ? entry.value.kind != TomlKind::kTable : may_mean_settings(entry.key)) places.push_back(entry.at);
        if (!is_ours) continue;
        for (const TomlEntry& setting : entry.value.entries) {
            if (may_mean_store(setting.key)) places.push_back(setting.at);
        }
    }
    return places;
}

void read_settings(const TomlValue& root, const std::filesystem::path& folder, Settings& settings,
                   ProblemList& problems)
{
    SettingsDraft draft{settings, folder};
    settings.store = resolved(draft, "dumbwaiter.store");
    settings.plugin_path = {resolved(draft, "plugins")};
    read_fields<SettingsDraft>(root, kTables, draft, problems, root_advice);
    draft.serializer.settle(settings.serializer, settings.serializer_plugin, problems);
    read_libraries(root, folder, settings, problems);
}

}  // namespace dumbwaiter
