// SPDX-License-Identifier: BSD-3-Clause
//
// What tests of a host whose manifest and libraries change under it have in common.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "world.hpp"

namespace dumbwaiter::test {

inline const std::string kSettings = "durability = \"volatile\"\ncommit_interval = 0\n";
// Where the tests change things by hand, the watcher would come first.
inline const std::string kUnwatched = kSettings + "watch = false\n";
inline const std::string kTick = entry("tick", "tick.so:tick", "frequency = 0.05");

// Once it answers.
inline std::unique_ptr<Host> started(World& world)
{
    auto host = world.start();
    until([&] { return world.run({"status"}).code == 0; }, "the host did not come up");
    return host;
}

inline Done reload(World& world)
{
    return world.run({"reload", "--store", world.store().string()});
}

// How often a text has it.
inline size_t count(const std::string& text, std::string_view part)
{
    size_t count = 0;
    for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
}

// Its child counts: who was started anew counts from 1 again.
inline bool counts_on(World& world, const std::string& name)
{
    const Json reading = world.reading(name);
    return reading["value"] == reading["sequence"];
}

inline bool is_in_manifest(World& world, const std::string& name)
{
    for (const Json& row : world.run({"list", "--json"}).json_lines()) {
        if (row["name"] == name) return row["in_manifest"];
    }
    return false;
}

// As a person copies it: written beside, then moved over.
inline void put_library(World& world, std::string_view plugin, const std::string& place)
{
    const std::filesystem::path library = world.root() / place;
    std::filesystem::create_directories(library.parent_path());
    std::filesystem::copy_file(test_plugin(plugin), library.parent_path() / "copy",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(library.parent_path() / "copy", library);
}

// A manifest whose own folder of libraries is `plugins`, and all in it is run.
inline void write_autoload(World& world, const std::string& text, const std::string& settings)
{
    world.write_file("dumbwaiter.toml", "[dumbwaiter]\nstore = \"store\"\nplugin_path = [\"plugins\", \"" +
                                            test_plugin("tick.so").parent_path().string() + "/none\"]\n" + settings +
                                            "[autoload]\nenabled = true\n" + text);
}

}  // namespace dumbwaiter::test
