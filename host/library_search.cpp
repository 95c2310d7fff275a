// SPDX-License-Identifier: BSD-3-Clause
//
// From a library's name in the manifest to its file.
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "library.hpp"
#include "loading.hpp"
#include "suggestion.hpp"
#include "trial_process.hpp"

namespace dumbwaiter {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path)
{
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

bool is_there(const fs::path& path)
{
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
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

// "time", "time.so" and "libtime" are libtime.so with a part left out.
std::string_view bare_name(std::string_view name)
{
    if (name.starts_with("lib")) name.remove_prefix(3);
    if (name.ends_with(".so")) name.remove_suffix(3);
    return name;
}

std::string near_library(std::string_view name, const std::vector<std::string>& names)
{
    const auto same = std::ranges::find(names, bare_name(name), [](std::string_view one) { return bare_name(one); });
    if (same != names.end() && !bare_name(name).empty()) return fmt::format("; did you mean \"{}\"?", *same);
    return did_you_mean(name, std::vector<std::string_view>(names.begin(), names.end()));
}

std::unexpected<Error> not_found(std::string_view name, const std::vector<fs::path>& folders)
{
    std::vector<std::string> names, places;
    for (const fs::path& folder : folders) {
        list_libraries(folder, names);
        places.push_back(folder.string());
    }
    std::ranges::sort(names);
    return failure(Code::kNotFound, fmt::format("there is no library \"{}\" in {}{}", name, fmt::join(places, " or "),
                                                near_library(name, names)));
}

// Libraries of the system stand where the C library does.
std::string near_system_library(std::string_view name)
{
    Dl_info here{};
    if (::dladdr(reinterpret_cast<void*>(&::dlopen), &here) == 0) return {};
    std::vector<std::string> names;
    list_libraries(fs::path(here.dli_fname).parent_path(), names);
    std::erase(names, name);
    std::ranges::sort(names);
    // libc.so is for the linker, libc.so.6 for the loader.
    const auto versioned =
        std::ranges::find_if(names, [&](const std::string& one) { return one.starts_with(fmt::format("{}.", name)); });
    if (versioned != names.end()) return fmt::format("; did you mean \"{}\"?", *versioned);
    return did_you_mean(name, std::vector<std::string_view>(names.begin(), names.end()));
}

}  // namespace

Expected<fs::path> find_library(std::string_view name, const std::vector<fs::path>& plugin_path)
{
    if (name.find('/') != name.npos) {
        const fs::path path(name);
        // What is there and no file is refused by whoever opens it, for what it is.
        return is_there(path) ? Expected<fs::path>(path) : not_found(path.filename().string(), {path.parent_path()});
    }
    std::vector<fs::path> folders = plugin_path;
    folders.emplace_back(DUMBWAITER_PLUGINDIR);
    for (const fs::path& folder : folders) {
        if (fs::path candidate = folder / name; is_file(candidate)) return candidate;
    }
    return not_found(name, folders);
}

Expected<fs::path> find_system_library(const std::string& name)
{
    // In a child, for its constructors run: '/' and its path, or what the loader said.
    const auto look = [&]() -> std::string {
        const auto loaded = load_system_library(name);
        return loaded ? loaded->file.string() : loaded.error().message;
    };
    const Expected<Trial> trial = run_trial(look, std::chrono::seconds(10));
    if (!trial) return std::unexpected(trial.error());
    if (!trial->death.empty()) {
        return failure(Code::kIncompatible, fmt::format("{} {} while it was loaded", name, trial->death));
    }
    if (trial->said.starts_with('/')) return fs::path(trial->said);
    return failure(Code::kNotFound, trial->said + near_system_library(name));
}

}  // namespace dumbwaiter
