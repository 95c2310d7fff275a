// SPDX-License-Identifier: BSD-3-Clause
//
// From a manifest's entries to code: everything that is missing or wrong, at its line and at once.
#include "registry.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "parsed_manifest.hpp"
#include "scratch_folder.hpp"

using namespace dumbwaiter;

namespace {

const std::filesystem::path kFixtures = FIXTURES;

Manifest manifest_of(const std::string& functions)
{
    return parsed("[dumbwaiter]\nplugin_path = [\"" + kFixtures.string() + "\"]\n[functions]\n" + functions, "/");
}

// The problems by line; more than one at a line is joined.
std::map<uint32_t, std::string> by_line(const std::vector<Problem>& problems)
{
    std::map<uint32_t, std::string> lines;
    for (const Problem& problem : problems) lines[problem.at.line] += problem.message;
    return lines;
}

// What is said at each of these lines, and at no other.
void check_lines(const std::map<uint32_t, std::string>& lines, const std::map<uint32_t, std::string>& fragments)
{
    for (const auto& [line, fragment] : fragments) {
        CAPTURE(line);
        REQUIRE(lines.contains(line));
        CHECK_MESSAGE(lines.at(line).find(fragment) != std::string::npos, lines.at(line));
    }
    CHECK(lines.size() == fragments.size());
}

}  // namespace

TEST_CASE("entries of one library share its id, also by another path")
{
    const Manifest manifest = manifest_of("a = \"clock.so:now\"\nb = \"clock.so:tick\"\nc = \"odd.so:good\"\nd = \"" +
                                          (kFixtures / "." / "clock.so").string() + ":now\"\n");
    const Resolution resolution = resolve(manifest);
    CHECK(format_problems("m", resolution.problems).empty());
    REQUIRE(resolution.bindings.size() == 4);
    CHECK(resolution.file_of(resolution.bindings[0]).path == kFixtures / "clock.so");
    CHECK(resolution.bindings[0].library_id == resolution.bindings[1].library_id);
    CHECK(resolution.bindings[0].library_id == resolution.bindings[3].library_id);
    CHECK(resolution.bindings[0].library_id != resolution.bindings[2].library_id);
}

TEST_CASE("the registry opens what was found good, once a library")
{
    const Manifest manifest = manifest_of("a = \"clock.so:now\"\nb = \"clock.so:tick\"\n");
    const Registry registry = open_registry(manifest, resolve(manifest));
    CHECK(registry.problems.empty());
    REQUIRE(registry.functions.size() == 2);
    CHECK(registry.functions[0]->library == registry.functions[1]->library);
    CHECK((registry.functions[0]->info.run != nullptr));
    CHECK(std::string(registry.functions[1]->info.summary) == "Counts");
}

TEST_CASE("missing libraries and symbols are found together, each at its line")
{
    const Resolution resolution = resolve(manifest_of(
        "good = \"clock.so:now\"\nwrong = \"clock.so:nwo\"\nlost = \"clok.so:now\"\nbare = \"bare.so:bare\"\n"
        "new = \"odd.so:newer\"\nalone = { function = \"odd.so:lonely\", isolation = \"thread\" }\nvoid = "
        "\"odd.so:empty\"\nloud = \"aborts.so:whisper\"\n"));
    check_lines(by_line(resolution.problems), {{5, "did you mean \"now\"?"},
                                               {6, "did you mean \"clock.so\"?"},
                                               {7, "without bare__dw1"},
                                               {8, "needs plugin ABI 1.7"},
                                               {9, "runs in a child process only"},
                                               {10, "run is NULL"},
                                               {11, "died of SIGABRT"}});
}

TEST_CASE("a problem of a function stands at the line of its `function`")
{
    const ManifestReading reading = parse_manifest(
        "[functions.a]\nfrequency = 3\nfunction = \"" + (kFixtures / "clock.so").string() + ":nwo\"\n", "m", "/");
    const Resolution resolution = resolve(reading.manifest);
    REQUIRE(resolution.problems.size() == 1);
    CHECK(resolution.problems[0].at.line == 3);
}

TEST_CASE("an entry that the manifest's reading refused is passed over")
{
    const ManifestReading reading = parse_manifest("[functions]\na = \"clock.so\"\n", "m", "/");
    const Resolution resolution = resolve(reading.manifest);
    CHECK(resolution.problems.empty());
    const Registry registry = open_registry(reading.manifest, resolution);
    CHECK(registry.problems.empty());
    CHECK(registry.functions.size() == 1);
}

TEST_CASE("what was looked at is what is opened, though the file was swapped or is gone")
{
    const ScratchFolder folder;
    std::filesystem::copy_file(kFixtures / "clock.so", folder.path / "gone.so");
    const ManifestReading reading =
        parse_manifest("[functions]\na = \"" + (folder.path / "gone.so").string() + ":now\"\n", "m", "/");
    const Resolution resolution = resolve(reading.manifest);
    REQUIRE_MESSAGE(resolution.problems.empty(), format_problems("m", resolution.problems));
    SUBCASE("gone")
    {
        std::filesystem::remove(folder.path / "gone.so");
    }
    SUBCASE("swapped")
    {
        std::filesystem::copy_file(kFixtures / "aborts.so", folder.path / "gone.so",
                                   std::filesystem::copy_options::overwrite_existing);
    }
    const Registry registry = open_registry(reading.manifest, resolution);
    CHECK(registry.problems.empty());
    CHECK((registry.functions.at(0)->info.run != nullptr));
}

TEST_CASE("a plain C function of the system is found by the loader, and called through its signature")
{
    const Manifest manifest = manifest_of(
        "a = { function = \"libm.so.6:cos\", signature = \"f64(f64)\", args = [0.5] }\n"
        "b = { function = \"libm.so.6:sin\", signature = \"f64(f64)\", args = [0.5] }\n"
        "c = { function = \"libc.so.6:time\", signature = \"i64(ptr)\", args = [0] }\n");
    const Resolution resolution = resolve(manifest);
    CHECK(format_problems("m", resolution.problems).empty());
    CHECK(resolution.file_of(resolution.bindings[0]).is_system);
    CHECK(resolution.file_of(resolution.bindings[0]).path.starts_with('/'));
    CHECK(resolution.bindings[0].library_id == resolution.bindings[1].library_id);
    CHECK(resolution.bindings[0].library_id != resolution.bindings[2].library_id);
    const Registry registry = open_registry(manifest, resolution);
    CHECK(registry.problems.empty());
    for (const auto& function : registry.functions) {
        CHECK(function->plain != nullptr);
        CHECK((function->info.run == nullptr));
    }
}

TEST_CASE("a plain C function may be in a plugin folder, beside functions with an info")
{
    const Manifest manifest =
        manifest_of("a = { function = \"bare.so:bare\", signature = \"i32()\" }\nb = \"clock.so:now\"\n");
    const Resolution resolution = resolve(manifest);
    CHECK(format_problems("m", resolution.problems).empty());
    CHECK(!resolution.file_of(resolution.bindings[0]).is_system);
    CHECK(resolution.file_of(resolution.bindings[0]).path == kFixtures / "bare.so");
    CHECK(open_registry(manifest, resolution).functions[0]->plain != nullptr);
}

TEST_CASE("a plain C function that is not there is told with what is")
{
    const auto lines =
        by_line(resolve(manifest_of("a = { function = \"libm.so.6:coss\", signature = \"f64(f64)\", args = [1] }\n"
                                    "b = { function = \"libc.so:labs\", signature = \"i64(i64)\", args = [1] }\n"
                                    "c = { function = \"clock.so:now\", signature = \"i64()\" }\n"
                                    "d = { function = \"libc.so.6:environ\", signature = \"ptr()\" }\n"
                                    "e = \"libm.so.6:cos\"\n"
                                    "f = { function = \"./libm.so.6:cos\", signature = \"f64()\" }\n"
                                    "g = { function = \"libabsent.so.3:f\", signature = \"f64()\" }\n"))
                    .problems);
    check_lines(lines, {{4, "there is no C function \"coss\" in it; did you mean \"cos\"?"},
                        {5, "did you mean \"libc.so.6\"?"},
                        {6, "but now__dw1: leave \"signature\" out"},
                        {7, "\"environ\" in it: it is a variable"},
                        {8, "say how: signature = "},
                        {9, "there is no library \"libm.so.6\" in /"},
                        {10, "the dynamic loader says: libabsent.so.3 cannot be loaded"}});
}

TEST_CASE("arguments are checked against the schema that the function publishes, at their own lines")
{
    const ManifestReading reading =
        parse_manifest("[dumbwaiter]\nplugin_path = [\"" + kFixtures.string() +
                           "\"]\n[functions.a]\nfunction = \"odd.so:picky\"\nargs = [\"x\"]\n[functions.a.kwargs]\n"
                           "unit = \"s\"\nuint = 3\n[functions.b]\nfunction = \"odd.so:picky\"\n[functions.c]\n"
                           "function = \"odd.so:typo\"\n",
                       "m", "/");
    REQUIRE(reading.problems.empty());
    const Resolution resolution = resolve(reading.manifest);
    const std::string all = format_problems("m", resolution.problems);
    CHECK(resolution.problems.size() == 4);
    for (const char* part :
         {"m:5:1: args[0] is a str (\"x\"), and an integer was wanted\n",
          "m:8:1: kwargs.uint is unknown; did you mean \"unit\"?\n",
          "m:9:12: args[0] is missing: an integer is wanted\n", "m:12:1: /", "odd.so: \"typo\" cannot"}) {
        CHECK_MESSAGE(all.find(part) != std::string::npos, all);
    }
}

TEST_CASE("arguments that the manifest's reading refused are not checked once more")
{
    const ManifestReading reading =
        parse_manifest("[dumbwaiter]\nplugin_path = [\"" + kFixtures.string() +
                           "\"]\n[functions.a]\nfunction = \"odd.so:picky\"\nargs = [07:32:00]\n",
                       "m", "/");
    CHECK(reading.problems.size() == 1);
    CHECK(resolve(reading.manifest).problems.empty());
}

namespace {

// One function of a copy of clock.so in a folder of its own.
struct Shop {
    ScratchFolder folder;
    std::filesystem::path library = folder.path / "x.so";
    Manifest manifest;

    Shop()
    {
        std::filesystem::copy_file(kFixtures / "clock.so", library);
        manifest = parse_manifest("[functions]\na = \"./x.so:now\"\nb = \"./x.so:tick\"\n", "m", folder.path).manifest;
    }
    void open_to_all() const { std::filesystem::permissions(library, std::filesystem::perms(0666)); }
    LibrarySpec& spec(const std::string& name)
    {
        return manifest.settings.libraries.emplace_back(LibrarySpec{.name = name, .at_sha256 = {9, 1}});
    }
};

}  // namespace

TEST_CASE("a library that others may write stands at the line of each function, and is let pass by its own trust")
{
    Shop shop;
    shop.open_to_all();
    const auto lines = by_line(resolve(shop.manifest).problems);
    REQUIRE(lines.size() == 2);
    CHECK(lines.at(2).find("x.so may be written by everybody (mode 0666): chmod go-w ") != std::string::npos);
    CHECK(lines.at(2) == lines.at(3));
    SUBCASE("of the library")
    {
        shop.spec("x.so").trust = Trust::kAny;
    }
    SUBCASE("of all libraries")
    {
        shop.manifest.settings.trust = Trust::kAny;
    }
    const Resolution resolution = resolve(shop.manifest);
    CHECK(resolution.problems.empty());
    REQUIRE(resolution.warnings.size() == 1);
    CHECK(resolution.warnings[0].starts_with("trust is any: whoever may write "));
    CHECK(open_registry(shop.manifest, resolution).problems.empty());
}

TEST_CASE("where all is let pass, one library can be held to its owner all the same")
{
    Shop shop;
    shop.open_to_all();
    shop.manifest.settings.trust = Trust::kAny;
    shop.spec("x.so").trust = Trust::kOwner;
    CHECK(by_line(resolve(shop.manifest).problems).size() == 2);
}

TEST_CASE("a pin that does not hold stands at its own line, once")
{
    Shop shop;
    LibrarySpec& spec = shop.spec((shop.folder.path / "x.so").string());
    spec.sha256 = std::string(64, 'a');
    const auto problems = resolve(shop.manifest).problems;
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].at.line == 9);
    const std::string& message = problems[0].message;
    const size_t at = message.find("x.so: its sha256 is ");
    REQUIRE_MESSAGE(at != message.npos, message);
    spec.sha256 = message.substr(at + 20, 64);  // what the message says to pin
    CHECK(resolve(shop.manifest).problems.empty());
}

TEST_CASE("what the dynamic loader finds by name cannot be pinned")
{
    Manifest manifest = manifest_of("a = { function = \"libm.so.6:cos\", signature = \"f64(f64)\", args = [0.5] }\n");
    manifest.settings.libraries.push_back({.name = "libm.so.6", .sha256 = std::string(64, 'a'), .at_sha256 = {9, 1}});
    CHECK(by_line(resolve(manifest).problems)[9].find("cannot be pinned: name its path") != std::string::npos);
}
