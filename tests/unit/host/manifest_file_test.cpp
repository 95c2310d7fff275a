// SPDX-License-Identifier: BSD-3-Clause
//
// Manifests as files, and problems as lines.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "manifest.hpp"
#include "scratch_folder.hpp"

using namespace dumbwaiter;

namespace {

std::string only_message(const std::filesystem::path& file)
{
    const ManifestReading reading = load_manifest(file);
    REQUIRE(reading.problems.size() == 1);
    CHECK(reading.problems[0].at.line == 0);
    CHECK(reading.manifest.file == file);
    return reading.problems[0].message;
}

}  // namespace

TEST_CASE("paths in a manifest begin at its own folder")
{
    const ScratchFolder folder;
    const auto file = folder.write("m.toml", "[dumbwaiter]\nstore = \"s\"\n[functions]\na = \"./c.so:f\"\n");
    const ManifestReading reading = load_manifest(file);
    REQUIRE(reading.problems.empty());
    CHECK(reading.manifest.settings.store == folder.path / "s");
    CHECK(reading.manifest.settings.plugin_path.at(0) == folder.path / "plugins");
    CHECK(reading.manifest.functions.at(0)->library == (folder.path / "c.so").string());
}

TEST_CASE("a file that cannot be read is a problem of the whole file")
{
    const ScratchFolder folder;
    CHECK(only_message(folder.path / "none.toml").find("no such file") != std::string::npos);
    CHECK(only_message(folder.path).find("this is a folder") != std::string::npos);
    CHECK(only_message(folder.write("x", "") / "m.toml").find("not a folder") != std::string::npos);
    if (::geteuid() != 0) {
        const auto secret = folder.write("secret.toml", "");
        std::filesystem::permissions(secret, std::filesystem::perms::none);
        CHECK(only_message(secret).find("may not read it") != std::string::npos);
    }
}

TEST_CASE("a file past 64 MiB is refused")
{
    const ScratchFolder folder;
    const auto file = folder.write("big.toml", "");
    std::filesystem::resize_file(file, (uintmax_t{64} << 20) + 1);
    CHECK(only_message(file).find("64 MiB") != std::string::npos);
}

TEST_CASE("what is understood of a manifest with problems is there all the same")
{
    const ManifestReading reading =
        parse_manifest("[dumbwaiter]\nstore = \"s\"\nworkers = -1\n[functions]\na = \"c.so\"\n", "m", "/f");
    CHECK(reading.problems.size() == 2);
    CHECK(reading.manifest.settings.store == "/f/s");
    CHECK(reading.manifest.functions.size() == 1);
}

TEST_CASE("problems are lines in order of place, with the file in front")
{
    CHECK(format_problems("d.toml", {{{5, 3}, "later"}, {{}, "the file"}, {{5, 1}, "first"}, {{5, 3}, "last"}}) ==
          "d.toml: the file\nd.toml:5:1: first\nd.toml:5:3: later\nd.toml:5:3: last\n");
    CHECK(format_problems("d.toml", {}).empty());
}

TEST_CASE("twenty problems are shown, and how many more there are")
{
    std::vector<Problem> problems;
    for (uint32_t line = 23; line > 0; --line) problems.push_back({{line, 1}, "x"});
    const std::string text = format_problems("m", problems);
    CHECK(std::ranges::count(text, '\n') == 21);
    CHECK(text.starts_with("m:1:1: x\n"));
    CHECK(text.ends_with("m:20:1: x\nm: and 3 more\n"));
    problems.resize(20);
    CHECK(format_problems("m", problems).find("more") == std::string::npos);
}
