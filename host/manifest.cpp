// SPDX-License-Identifier: BSD-3-Clause
//
// A manifest from its text or file, and its problems as lines for people.
#include "manifest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <tuple>

#include "descriptor.hpp"
#include "manifest_parts.hpp"
#include "manifest_tables.hpp"
#include "trust.hpp"
#include "whole_io.hpp"

namespace dumbwaiter {
namespace {

constexpr size_t kMaxProblemsShown = 20;

void sort_by_place(std::vector<Problem>& problems)
{
    std::ranges::stable_sort(problems, {},
                             [](const Problem& p) { return std::tie(p.at.file, p.at.line, p.at.column); });
}

// Nothing to run is most likely a manifest that is not finished. Not said beside unknown tables, which may be the
// functions under a misspelled name, nor beside `functions` that are no table.
void require_functions(const Manifest& manifest, const TomlValue& root, ProblemList& problems)
{
    const auto is_known = [](const TomlEntry& entry) {
        return is_table_key(entry.key) && (entry.key != "functions" || entry.value.kind == TomlKind::kTable);
    };
    if (manifest.settings.autoload) return;
    if (std::ranges::any_of(manifest.functions, [](const FunctionSpec& spec) { return spec->enabled; })) return;
    if (!manifest.functions.empty()) {
        return problems.add_nothing_to_run(
            "every function is disabled: there is nothing to run until one has enabled = true");
    }
    if (!std::ranges::all_of(root.entries, is_known)) return;
    problems.add_nothing_to_run(
        "there is no function to run: add a line such as now = \"libtime.so:now\" under [functions]");
}

std::unexpected<Problem> file_problem(std::string message)
{
    return std::unexpected(Problem{{}, std::move(message)});
}

std::unexpected<Problem> system_problem()
{
    switch (errno) {
        case ENOENT: return file_problem("there is no such file: write it, or name another with --manifest");
        case ENOTDIR: return file_problem("a part of this path is not a folder: name the manifest with --manifest");
        case EISDIR: return file_problem("this is a folder: name the manifest in it");
        case EACCES: return file_problem("this user may not read it: change its permissions, or run as a user who may");
        default: return file_problem(fmt::format("cannot be read: {}", std::strerror(errno)));
    }
}

std::expected<Descriptor, Problem> open_file(const std::filesystem::path& file, Trust trust)
{
    if (trust == Trust::kAny) {
        Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));  // a pipe will do as well
        if (!opened.is_open()) return system_problem();
        return opened;
    }
    if (::access(file.c_str(), R_OK) != 0) return system_problem();
    auto trusted = open_trusted(file, trust);
    if (!trusted) return file_problem(trusted.error().message);
    return std::move(*trusted);
}

std::expected<std::string, Problem> read_file(const std::filesystem::path& file, Trust trust)
{
    const auto descriptor = open_file(file, trust);
    if (!descriptor) return std::unexpected(descriptor.error());
    std::string text;
    if (!read_all(descriptor->number(), kMaxManifestSize, text)) return system_problem();
    if (text.size() > kMaxManifestSize) return file_problem("larger than 64 MiB: this is hardly a manifest");
    return text;
}

// Nothing of it is known.
ManifestReading unreadable(const std::filesystem::path& file, const Problem& why)
{
    ManifestReading reading{.manifest = {}, .problems = {why}, .store_problems = {why}};
    reading.manifest.file = file;
    return reading;
}

}  // namespace

ManifestReading parse_manifest(std::string_view text, const std::filesystem::path& file,
                               const std::filesystem::path& folder, std::vector<ManifestPart> parts)
{
    ManifestReading reading;
    Manifest& manifest = reading.manifest;
    manifest.file = file;
    manifest.folder = folder;
    for (const ManifestPart& part : parts) manifest.parts.push_back(part.name);
    reading.parts = std::move(parts);
    ProblemList problems(file, manifest.parts);
    std::expected<TomlValue, Problem> root = read_toml(text);
    if (!root) {
        reading.store_problems = {root.error()};
        problems.add(root.error().at, root.error().message);
        root.emplace();  // what is wrong with the others is told as well, as far as it does not follow from this
        merge_parts(reading.parts, *root, problems);
        reading.problems = problems.take();
        return reading;
    }
    const bool is_whole = merge_parts(reading.parts, *root, problems);
    read_settings(*root, folder, manifest.settings, problems);
    manifest.functions = read_functions(*root, folder, manifest.settings, problems);
    check_libraries(manifest, problems);
    if (is_whole) require_functions(manifest, *root, problems);
    reading.problems = problems.take();
    sort_by_place(reading.problems);
    const std::vector<Position> places = store_places(*root);
    std::ranges::copy_if(reading.problems, std::back_inserter(reading.store_problems),
                         [&](const Problem& problem) { return std::ranges::find(places, problem.at) != places.end(); });
    return reading;
}

ManifestReading load_manifest(const std::filesystem::path& file, Trust trust)
{
    std::expected<std::string, Problem> text = read_file(file, trust);
    if (!text) return unreadable(file, text.error());
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(file, error);
    if (error) return unreadable(file, {{}, fmt::format("its folder cannot be found: {}", error.message())});
    std::expected<std::vector<ManifestPart>, std::string> parts = read_parts(absolute.parent_path(), trust);
    ManifestReading reading =
        parse_manifest(*text, file, absolute.parent_path(), parts ? std::move(*parts) : std::vector<ManifestPart>());
    if (!parts) reading.problems.insert(reading.problems.begin(), {{}, std::move(parts.error())});
    reading.text = std::move(*text);
    return reading;
}

const std::shared_ptr<const FunctionTerms>& FunctionSpec::default_terms()
{
    static const auto kDefaults = std::make_shared<const FunctionTerms>();
    return kDefaults;
}

FunctionTerms& FunctionSpec::edit()
{
    auto own = std::make_shared<FunctionTerms>(*terms);
    terms = own;
    return *own;
}

size_t place_of(const std::vector<FunctionSpec>& functions, std::string_view name)
{
    const auto found = std::ranges::lower_bound(functions, name, {}, &FunctionSpec::name);
    return found != functions.end() && found->name == name ? static_cast<size_t>(found - functions.begin())
                                                           : functions.size();
}

std::vector<std::filesystem::path> serializer_folders(const Manifest& manifest)
{
    std::vector<std::filesystem::path> folders = manifest.settings.plugin_path;
    const auto add = [&](const SerializerEntry& serializer) {
        if (serializer.library.find('/') == std::string::npos) return;
        std::filesystem::path folder = std::filesystem::path(serializer.library).parent_path();
        if (std::ranges::find(folders, folder) == folders.end()) folders.push_back(std::move(folder));
    };
    add(manifest.settings.serializer_plugin);
    for (const FunctionSpec& spec : manifest.functions) add(spec->serializer_plugin);
    return folders;
}

std::string place_text(const std::filesystem::path& file, const std::vector<std::string>& parts, const Position& at)
{
    const bool is_part = at.file > 0 && at.file <= parts.size();
    std::string text = (is_part ? file.parent_path() / kPartsFolder / parts[at.file - 1] : file).string();
    if (at.line != 0) text += fmt::format(":{}:{}", at.line, at.column);
    return text;
}

std::string format_problems(const std::filesystem::path& file, std::vector<Problem> problems,
                            const std::vector<std::string>& parts)
{
    sort_by_place(problems);
    std::string lines;
    for (size_t i = 0; i < problems.size() && i < kMaxProblemsShown; ++i) {
        lines += place_text(file, parts, problems[i].at) + ": " + problems[i].message + "\n";
    }
    if (problems.size() > kMaxProblemsShown) {
        lines += fmt::format("{}: and {} more\n", file.string(), problems.size() - kMaxProblemsShown);
    }
    return lines;
}

}  // namespace dumbwaiter
