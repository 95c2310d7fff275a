// SPDX-License-Identifier: BSD-3-Clause
#include "autoload_warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <tuple>

#include "autoload_name.hpp"
#include "codec.hpp"
#include "manifest_tables.hpp"
#include "suggestion.hpp"

namespace dumbwaiter {
namespace {

using Names = std::vector<std::string_view>;

bool has(const Names& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

// What is dropped in goes by its name, wherever its folder is.
std::string advice(const std::string& library, const Names& known)
{
    const std::string file = std::filesystem::path(library).filename().string();
    if (file != library && has(known, file)) return fmt::format("; did you mean \"{}\"?", file);
    const std::string near = did_you_mean(library, known);
    return near.empty() ? ": what it says holds once such a library is dropped in" : near;
}

void find_unused(const Manifest& manifest, const Names& known, std::vector<Problem>& warnings)
{
    for (const LibrarySpec& library : manifest.settings.libraries) {
        if (has(known, library.name)) continue;
        warnings.push_back({library.at, fmt::format("[library.{}] names no library that is here or in use{}",
                                                    json_quote(library.name), advice(library.name, known))});
    }
}

constexpr std::string_view kThread = "isolation = \"thread\" does not hold for what [autoload] runs";

void find_threads(const Manifest& manifest, const Autoload& autoload, std::vector<Problem>& warnings)
{
    const Settings& settings = manifest.settings;
    const bool is_all = !autoload.functions.empty() && autoload.functions.size() == manifest.functions.size();
    if (is_all && settings.isolation == Isolation::kThread) {
        warnings.push_back(
            {settings.at_isolation,
             fmt::format("{}, which is always in a child process, and nothing else is run: leave it out", kThread)});
    }
    for (const LibrarySpec& library : settings.libraries) {
        if (library.isolation != Isolation::kThread) continue;
        if (std::ranges::find(autoload.functions, library.name, &Autoloaded::library) == autoload.functions.end()) {
            continue;
        }
        warnings.push_back(
            {library.at_isolation, fmt::format("{} of {}, which is always in a child process: name its functions under "
                                               "[functions], or leave it out",
                                               kThread, json_quote(library.name))});
    }
}

// Of a library that is broken now, what ran before runs on, and its fault is told as such.
bool is_of_broken(const Autoload& autoload, std::string_view name)
{
    return std::ranges::any_of(
        autoload.broken, [&](const std::string& library) { return name.starts_with(autoload_name(library, "")); });
}

void find_missing_inputs(const Manifest& manifest, const Autoload& autoload, std::vector<Problem>& warnings)
{
    Names names;
    for (const FunctionSpec& spec : manifest.functions) {
        for (const FunctionTerms::Input& input : spec->after) {
            const bool is_here = place_of(manifest.functions, input.name) < manifest.functions.size();
            if (is_here || is_of_broken(autoload, input.name)) continue;
            if (names.empty())
                std::ranges::transform(manifest.functions, std::back_inserter(names), &FunctionSpec::name);
            const std::string near = did_you_mean(input.name, names);
            warnings.push_back({input.at, fmt::format("{} runs after {}, and no function of that name is here{}",
                                                      spec.name, json_quote(input.name),
                                                      near.empty() ? ": it does once one is dropped in" : near)});
        }
    }
}

}  // namespace

std::vector<Problem> autoload_warnings(const Manifest& manifest, const Autoload& autoload,
                                       const std::vector<std::string>& here)
{
    Names known = used_libraries(manifest);
    known.insert(known.end(), here.begin(), here.end());
    std::vector<Problem> warnings;
    find_unused(manifest, known, warnings);
    find_threads(manifest, autoload, warnings);
    find_missing_inputs(manifest, autoload, warnings);
    std::ranges::stable_sort(warnings, {},
                             [](const Problem& one) { return std::tie(one.at.file, one.at.line, one.at.column); });
    return warnings;
}

}  // namespace dumbwaiter
