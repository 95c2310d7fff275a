// SPDX-License-Identifier: BSD-3-Clause
#include "places.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "manifest.hpp"
#include "terminal.hpp"
#include "trust.hpp"

namespace dumbwaiter {

namespace {

namespace fs = std::filesystem;

std::optional<fs::path> from_environment(const char* variable)
{
    const char* text = std::getenv(variable);
    if (!text || !*text) return std::nullopt;
    return fs::path(text);
}

std::optional<fs::path> user_manifest()
{
    const auto below = [](const fs::path& folder) { return folder / "dumbwaiter" / "dumbwaiter.toml"; };
    if (const auto config = from_environment("XDG_CONFIG_HOME"); config && config->is_absolute()) return below(*config);
    if (const auto home = from_environment("HOME")) return below(*home / ".config");
    return std::nullopt;
}

constexpr const char* kHere = "dumbwaiter.toml";

struct Here {
    bool is_there = false;
    std::optional<uid_t> stranger;  // whose it is, where it is neither root's nor the caller's
};

// A manifest names code to run: one that somebody else left in a shared folder is not taken unasked. Nor is a link that
// somebody else made to a good one, as relative paths are then taken from the link's folder.
Here look_here()
{
    struct stat link, file;
    if (lstat(kHere, &link) != 0 || stat(kHere, &file) != 0) return {};
    for (const uid_t owner : {link.st_uid, file.st_uid}) {
        if (owner != 0 && owner != geteuid()) return {true, owner};
    }
    return {true, std::nullopt};
}

std::string passed_over(uid_t stranger)
{
    return fmt::format("./{} is passed over, since it belongs to uid {}: name it by --manifest to use it", kHere,
                       stranger);
}

void warn_once(const std::string& sentence)
{
    static bool is_said = false;
    if (!std::exchange(is_said, true)) complain("warning: " + sentence);
}

}  // namespace

Expected<fs::path> find_manifest(const Options& options)
{
    if (options.manifest) return *options.manifest;
    if (const auto named = from_environment("DUMBWAITER_MANIFEST")) return *named;

    const Here here = look_here();
    if (here.is_there && !here.stranger) return kHere;
    std::vector<fs::path> places;
    if (const auto users = user_manifest()) places.push_back(*users);
    places.emplace_back("/etc/dumbwaiter/dumbwaiter.toml");
    std::string looked = fmt::format("./{}", kHere);
    if (here.stranger) looked += fmt::format(", which is passed over as uid {}'s", *here.stranger);
    std::error_code ignored;
    for (const fs::path& place : places) {
        if (fs::exists(place, ignored)) {
            if (here.stranger) warn_once(fmt::format("{}; {} is taken", passed_over(*here.stranger), place.string()));
            return place;
        }
        looked += ", " + place.string();
    }
    return failure(Code::kNotFound,
                   fmt::format("there is no manifest: name one by --manifest (looked for {})", looked));
}

std::vector<fs::path> plugin_folders(const Options& options)
{
    // A manifest that merely lies about is not asked for code when the store was named without it.
    const bool is_store_named = options.store || from_environment("DUMBWAITER_STORE");
    if (is_store_named && !options.manifest && !from_environment("DUMBWAITER_MANIFEST")) return {};
    const auto file = find_manifest(options);
    if (!file) return {};
    // Code for this process: not from a manifest or a folder that others may write. --plugins names those all the same.
    std::vector<fs::path> folders = serializer_folders(load_manifest(*file, trust_of_environment()).manifest);
    if (trust_of_environment() == Trust::kOwner)
        std::erase_if(folders, [](const fs::path& f) { return !check_folder(f); });
    return folders;
}

Expected<fs::path> find_store(const Options& options)
{
    if (options.store) return *options.store;
    if (const auto named = from_environment("DUMBWAITER_STORE")) return *named;
    const auto file = find_manifest(options);
    if (!file) return failure(Code::kNotFound, file.error().message + "; or name the store by --store");
    const ManifestReading reading = load_manifest(*file);
    if (reading.store_problems.empty()) return reading.manifest.settings.store;
    std::string lines = format_problems(*file, reading.store_problems);
    lines.pop_back();  // the last line's end, which complain() brings
    return failure(Code::kInvalidArgument, std::move(lines));
}

}  // namespace dumbwaiter
