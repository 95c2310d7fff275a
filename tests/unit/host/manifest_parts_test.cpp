// SPDX-License-Identifier: BSD-3-Clause
//
// A manifest and the files of its conf.d.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "manifest.hpp"
#include "parsed_manifest.hpp"
#include "scratch_folder.hpp"

using namespace dumbwaiter;

namespace {

const std::string kManifest = "[functions]\na = \"c.so:f\"\n";

ManifestReading with_part(const std::string& text)
{
    return parse_manifest(kManifest, "etc/dumbwaiter.toml", "/srv/jobs",
                          {{.name = "x.toml", .text = text, .fault = {}}});
}

std::string lines_of(const ManifestReading& reading)
{
    return format_problems(reading.manifest.file, reading.problems, reading.manifest.parts);
}

struct Folder : ScratchFolder {
    Folder() { std::filesystem::create_directory(path / "conf.d"); }
    ManifestReading load(Trust trust = Trust::kOwner) const { return load_manifest(path / "m.toml", trust); }
    std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        const ManifestReading reading = load();
        REQUIRE_MESSAGE(reading.problems.empty(), lines_of(reading));
        for (const FunctionSpec& spec : reading.manifest.functions) names.push_back(spec.name);
        return names;
    }
};

}  // namespace

TEST_CASE("functions and libraries of conf.d join those of the manifest, with its defaults and its folder")
{
    const ManifestReading reading = parse_manifest(
        "[dumbwaiter]\ndefault_saved = 3\n[functions]\nm = \"c.so:f\"\n", "m.toml", "/srv/jobs",
        {{"a.toml", "[functions.z]\nfunction = \"./c.so:f\"\nfrequency = 2\n[library.\"c.so\"]\nmemory = \"64MiB\"\n",
          ""},
         {"b.toml", "[functions]\nb = \"c.so:g\"\n", ""},
         {"empty.toml", "", ""}});
    REQUIRE_MESSAGE(reading.problems.empty(), lines_of(reading));
    const auto& functions = reading.manifest.functions;
    REQUIRE(functions.size() == 3);
    CHECK(functions[0].name == "b");
    CHECK(functions[0]->max_saved == 3);
    CHECK(functions[2]->library == "/srv/jobs/c.so");
    CHECK(functions[2]->frequency == std::chrono::seconds(2));
    CHECK(limits_of(reading.manifest.settings, "c.so").memory == uint64_t{64} << 20);
}

TEST_CASE("a manifest may leave all functions to conf.d")
{
    CHECK(parse_manifest("", "m.toml", "/", {{"x.toml", kManifest, ""}}).problems.empty());
    const ManifestReading none = parse_manifest("", "m.toml", "/", {{"x.toml", "", ""}});
    CHECK(lines_of(none).starts_with("m.toml:1:1: there is no function to run"));
}

TEST_CASE("what a file of conf.d may not hold is refused at its own place")
{
    const struct {
        std::string text, place, fragment;
    } rows[] = {
        {"\n[dumbwaiter]\nworkers = 3\n", "2:2", "[dumbwaiter] is for the whole host: it belongs into the manifest"},
        {"[limits]\nmemory = 1\n", "1:2", "[limits] is for the whole host"},
        {"[autoload]\nenabled = true\n", "1:2", "[autoload] is for the whole host"},
        {"[fleet]\n", "1:2", "[fleet] is for the whole host"},
        {"workers = 3\n", "1:1", "unknown key \"workers\": it belongs into the manifest"},
        {"[functoins]\nx = \"c.so:f\"\n", "1:2", "did you mean \"functions\"?"},
        {"[other]\n", "1:2", "a file of conf.d has the tables [functions] and [library.\"NAME.so\"]"},
        {"functions = 3\n", "1:1", "must be a table"},
        {"library = 3\n", "1:1", "must be a table"},
        {"[functions]\nx = \n", "2:5", "expected value"},
        {"[functions]\n\"b c\" = \"c.so:f\"\n", "2:1", "is no name"},
        {"\n\n[functions.b]\nfunction = \"c.so:f\"\nfrequency = 0\n", "5:1", "from 0.01"},
        {"[functions.b]\nfunction = \"c.so:f\"\nafter = [\"none\"]\n", "3:10", "none"},
        {"[functions]\na = \"c.so:g\"\n", "2:1",
         "\"a\" is there already, at etc/dumbwaiter.toml:2:1: write each name once"},
        {"[library.\"other.so\"]\nmemory = \"1MiB\"\n", "1:10", "no function is of \"other.so\""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const ManifestReading reading = with_part(row.text);
        const std::string lines = lines_of(reading);
        CHECK_MESSAGE(reading.problems.size() == 1, lines);
        CHECK_MESSAGE(lines.starts_with("etc/conf.d/x.toml:" + row.place + ": "), lines);
        CHECK_MESSAGE(lines.find(row.fragment) != std::string::npos, lines);
        CHECK(reading.store_problems.empty());
    }
}

TEST_CASE("what two files of conf.d both name is told with both places")
{
    const std::string library = "[library.\"c.so\"]\nmemory = \"1MiB\"\n";
    const ManifestReading reading =
        parse_manifest(kManifest, "m.toml", "/",
                       {{"a.toml", "\n[functions]\nb = \"c.so:f\"\n" + library, ""},
                        {"b.toml", library + "[functions.b]\nfunction = \"c.so:f\"\n", ""}});
    CHECK(lines_of(reading) ==
          "conf.d/b.toml:1:10: \"c.so\" is there already, at conf.d/a.toml:4:10: write each library once\n"
          "conf.d/b.toml:3:12: \"b\" is there already, at conf.d/a.toml:3:1: write each name once\n");
}

TEST_CASE("the problems of all files are told together, in the order of the files, twenty at most")
{
    const std::string bad = "[functions.b]\nfunction = \"c.so:f\"\nfrequency = 0\n";
    std::string many = "[functions]\n";
    for (int i = 0; i < 25; ++i) many += "f" + std::to_string(i) + " = 3\n";
    const ManifestReading reading = parse_manifest(
        "[dumbwaiter]\nworkers = -1\n" + kManifest, "m.toml", "/",
        {{"a.toml", bad, ""}, {"b.toml", "x = \n", ""}, {"c.toml", "", "cannot be read"}, {"d.toml", many, ""}});
    const std::string lines = lines_of(reading);
    CHECK(lines.starts_with("m.toml:2:1: \"workers\""));
    CHECK(lines.find("\nconf.d/a.toml:3:1: ") < lines.find("\nconf.d/b.toml:1:5: "));
    CHECK(lines.find("\nconf.d/b.toml:1:5: ") < lines.find("\nconf.d/c.toml: cannot be read\n"));
    CHECK(std::ranges::count(lines, '\n') == 21);
    CHECK(lines.ends_with("\nm.toml: and 9 more\n"));
}

TEST_CASE("a manifest that cannot be parsed does not hide that a file of conf.d cannot")
{
    const ManifestReading reading = parse_manifest("x = \n", "m.toml", "/", {{"a.toml", "y = \n", ""}});
    CHECK(reading.problems.size() == 2);
    CHECK(reading.store_problems.size() == 1);
    CHECK(lines_of(reading).find("conf.d/a.toml:1:5: ") != std::string::npos);
}

TEST_CASE("of the folder conf.d only the files that end in .toml and are not hidden are read")
{
    const Folder folder;
    folder.write("m.toml", kManifest);
    CHECK(folder.names() == std::vector<std::string>{"a"});
    folder.write("conf.d/10-b.toml", "[functions]\nb = \"c.so:f\"\n");
    folder.write("conf.d/9-c.toml", "[functions]\nc = \"c.so:f\"\n");
    for (const char* name :
         {".x.toml", "x.toml~", "x.toml.bak", "#x.toml#", "x.toml.dpkg-new", ".x.toml.swp", "README"}) {
        folder.write(std::string("conf.d/") + name, "no TOML");
    }
    CHECK(folder.names() == std::vector<std::string>{"a", "b", "c"});
    CHECK(folder.load().manifest.parts == std::vector<std::string>{"10-b.toml", "9-c.toml"});
}

TEST_CASE("conf.d is taken from nobody whom the manifest is not taken from")
{
    namespace fs = std::filesystem;
    const Folder folder;
    folder.write("m.toml", kManifest);
    const auto file = folder.write("conf.d/b.toml", "[functions]\nb = \"c.so:f\"\n");
    fs::permissions(file, fs::perms::group_write, fs::perm_options::add);
    CHECK(lines_of(folder.load()).starts_with((folder.path / "conf.d/b.toml: ").string()));
    CHECK(folder.load(Trust::kAny).problems.empty());
    fs::permissions(file, fs::perms::group_write, fs::perm_options::remove);
    CHECK(folder.load().problems.empty());
    fs::remove(file);
    fs::permissions(folder.path / "conf.d", fs::perms::others_write, fs::perm_options::add);
    CHECK(lines_of(folder.load()).find("may be written by everybody") != std::string::npos);
    CHECK(folder.load().store_problems.empty());
    CHECK(folder.load(Trust::kAny).problems.empty());
}

TEST_CASE("what stands in conf.d as a part and is no file is a problem, and a conf.d that is no folder as well")
{
    const Folder folder;
    folder.write("m.toml", kManifest);
    std::filesystem::create_directory(folder.path / "conf.d/x.toml");
    std::filesystem::create_symlink("nowhere", folder.path / "conf.d/y.toml");
    const std::string lines = lines_of(folder.load());
    CHECK(lines.find("conf.d/x.toml: is a folder, not a file") != std::string::npos);
    CHECK(lines.find("conf.d/y.toml: ") != std::string::npos);
    std::filesystem::remove_all(folder.path / "conf.d");
    CHECK(folder.load().problems.empty());
    folder.write("conf.d", "");
    CHECK(lines_of(folder.load()).find("conf.d") != std::string::npos);
}
