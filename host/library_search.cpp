// SPDX-License-Identifier: BSD-3-Clause
//
// From a library's name in the manifest to its file.
#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "library.hpp"
#include "suggestion.hpp"

namespace dumbwaiter {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path)
{
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

// Names of shared objects in a folder; none where it cannot be read.
void list_libraries(const fs::path& folder, std::vector<std::string>& names)
{
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::string name = entry->path().filename().string();
        if (name.find(".so") != std::string::npos && is_file(entry->path())) names.push_back(std::move(name));
    }
}

std::unexpected<Error> not_found(std::string_view name, const std::vector<fs::path>& folders)
{
    std::vector<std::string> names, places;
    for (const fs::path& folder : folders) {
        list_libraries(folder, names);
        places.push_back(folder.string());
    }
    std::ranges::sort(names);
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    return failure(Code::kNotFound, fmt::format("there is no library \"{}\" in {}{}", name, fmt::join(places, " or "),
                                                did_you_mean(name, candidates)));
}

}  // namespace

Expected<fs::path> find_library(std::string_view name, const std::vector<fs::path>& plugin_path)
{
    if (name.find('/') != name.npos) {
        const fs::path path(name);
        return is_file(path) ? Expected<fs::path>(path) : not_found(path.filename().string(), {path.parent_path()});
    }
    std::vector<fs::path> folders = plugin_path;
    folders.emplace_back(DUMBWAITER_PLUGINDIR);
    for (const fs::path& folder : folders) {
        if (fs::path candidate = folder / name; is_file(candidate)) return candidate;
    }
    return not_found(name, folders);
}

}  // namespace dumbwaiter
