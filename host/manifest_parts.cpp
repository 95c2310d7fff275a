// SPDX-License-Identifier: BSD-3-Clause
#include "manifest_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "manifest_tables.hpp"
#include "trust.hpp"
#include "unreadable.hpp"
#include "whole_io.hpp"

namespace dumbwaiter {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> kPartTables = {"functions", "library"};
constexpr std::string_view kPartHas = "a file of conf.d has the tables [functions] and [library.\"NAME.so\"]";

// Everything in a part has its number.
void mark(TomlValue& value, uint32_t file)
{
    value.at.file = file;
    for (TomlValue& item : value.items) mark(item, file);
    for (TomlEntry& entry : value.entries) {
        entry.at.file = file;
        mark(entry.value, file);
    }
}

// What is of the whole host stands in one place, so that nobody has to look for it in many, and readers find the store
// without them.
void refuse_table(const TomlEntry& entry, ProblemList& problems)
{
    if (is_table_key(entry.key)) {
        return problems.add(
            entry.at, fmt::format("[{}] is for the whole host: it belongs into the manifest; {}", entry.key, kPartHas));
    }
    const bool is_of_host = is_settings_key(entry.key) || is_limit_key(entry.key);
    add_unknown_key(entry, kPartTables, is_of_host ? "it belongs into the manifest" : kPartHas, problems);
}

// Gone since the folder was looked through is as good as never there.
bool is_gone(const fs::path& file)
{
    std::error_code error;
    return fs::symlink_status(file, error).type() == fs::file_type::not_found;
}

// Its place is told before it: a message that begins with its path need not.
std::string without_path(const fs::path& file, std::string message)
{
    const std::string path = file.string() + " ";
    return message.starts_with(path) ? message.substr(path.size()) : message;
}

void read_part(const fs::path& file, Trust trust, ManifestPart& part)
{
    part.fault = without_path(file, why_unreadable(file));
    if (!part.fault.empty()) return;
    const auto opened = open_trusted(file, trust);
    if (!opened) {
        part.fault = without_path(file, opened.error().message);
        if (opened.error().code == Code::kIncompatible) {
            part.fault += ": put a file there, or give it a name that does not end in .toml";
        }
    } else if (!read_all(opened->number(), kMaxManifestSize, part.text)) {
        part.fault = fmt::format("cannot be read: {}", std::strerror(errno));
    } else if (part.text.size() > kMaxManifestSize) {
        part.fault = "larger than 64 MiB: this is hardly a part of a manifest";
    }
}

}  // namespace

bool is_part_name(std::string_view name)
{
    return name.ends_with(".toml") && !name.starts_with('.');
}

std::expected<std::vector<ManifestPart>, std::string> read_parts(const fs::path& folder, Trust trust)
{
    const fs::path place = folder / kPartsFolder;
    std::vector<ManifestPart> parts;
    if (is_gone(place)) return parts;
    if (std::string why = why_unreadable(place); !why.empty()) return std::unexpected(std::move(why));
    std::error_code error;
    fs::directory_iterator entry(place, error);
    if (error == std::errc::not_a_directory) {
        return std::unexpected(
            fmt::format("{} is no folder: make it a folder of *.toml files, or give it another name", place.string()));
    }
    // Who may put files there may do so a moment from now.
    const Status trusted = trust == Trust::kOwner ? check_folder(place) : Status();
    if (!trusted) return std::unexpected(trusted.error().message);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (std::string name = entry->path().filename().string(); is_part_name(name)) parts.push_back({.name = name});
    }
    if (error) return std::unexpected(fmt::format("{} cannot be read: {}", place.string(), error.message()));
    std::ranges::sort(parts, {}, &ManifestPart::name);
    for (ManifestPart& part : parts) read_part(place / part.name, trust, part);
    std::erase_if(parts, [&](const ManifestPart& part) { return !part.fault.empty() && is_gone(place / part.name); });
    return parts;
}

bool merge_parts(const std::vector<ManifestPart>& parts, TomlValue& root, ProblemList& problems)
{
    bool is_whole = true;
    for (uint32_t file = 1; file <= parts.size(); ++file) {
        const ManifestPart& part = parts[file - 1];
        std::expected<TomlValue, Problem> read =
            part.fault.empty() ? read_toml(part.text) : std::unexpected(Problem{{}, part.fault});
        if (!read) {
            Position at = read.error().at;
            at.file = file;
            problems.add(at, std::move(read.error().message));
            is_whole = false;
            continue;
        }
        mark(*read, file);
        for (TomlEntry& entry : read->entries) {
            if (std::ranges::find(kPartTables, entry.key) == kPartTables.end()) {
                refuse_table(entry, problems);
                is_whole = false;
            } else {
                root.entries.push_back(std::move(entry));
            }
        }
    }
    return is_whole;
}

}  // namespace dumbwaiter
