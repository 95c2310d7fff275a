// SPDX-License-Identifier: BSD-3-Clause
//
// Plugin folders for the tests of what is autoloaded, and a look at them.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "autoload.hpp"
#include "scratch_folder.hpp"

namespace dumbwaiter {

using Names = std::vector<std::string>;

// A manifest with two folders of libraries, looked at as a host does.
struct Folders : ScratchFolder {
    Folders()
    {
        std::filesystem::create_directories(path / "one");
        std::filesystem::create_directories(path / "two");
    }

    void put(const char* plugin, const char* place) const
    {
        std::filesystem::copy_file(std::filesystem::path(TEST_PLUGINS_DIR) / plugin, path / place,
                                   std::filesystem::copy_options::overwrite_existing);
    }

    void look(const std::string& text = "")
    {
        const ManifestReading reading =
            parse_manifest("[dumbwaiter]\nplugin_path = [\"one\", \"two\"]\ndefault_frequency = 7\n" + more +
                               "\n[autoload]\nenabled = true\n" + text,
                           "m", path);
        REQUIRE_MESSAGE(reading.problems.empty(), format_problems("m", reading.problems));
        manifest = reading.manifest;
        resolution = resolve(manifest);
        REQUIRE_MESSAGE(resolution.problems.empty(), format_problems("m", resolution.problems));
        found = load_drop_ins(manifest, resolution, hung);
        REQUIRE(resolution.bindings.size() == manifest.functions.size());
        for (size_t i = 0; i < manifest.functions.size(); ++i) {
            CHECK(resolution.libraries.contains(resolution.bindings[i].library_id));
        }
    }

    std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        for (const FunctionSpec& spec : manifest.functions) names.push_back(spec.name);
        CHECK(std::ranges::is_sorted(names));
        return names;
    }

    const FunctionSpec& function(const std::string& name) const
    {
        const size_t place = place_of(manifest.functions, name);
        REQUIRE(place < manifest.functions.size());
        return manifest.functions[place];
    }

    // How many faults say this of a library.
    size_t faults(std::string_view library, std::string_view part) const
    {
        return static_cast<size_t>(std::ranges::count_if(found.faults, [&](const Problem& fault) {
            return fault.message.find(library) != std::string::npos && fault.message.find(part) != std::string::npos;
        }));
    }

    std::string more;  // of [dumbwaiter]
    std::vector<std::string> hung;
    Manifest manifest;
    Resolution resolution;
    Autoload found;
};

}  // namespace dumbwaiter
