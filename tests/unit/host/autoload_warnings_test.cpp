// SPDX-License-Identifier: BSD-3-Clause
//
// What a manifest says of libraries that are dropped in, and does not hold, or not yet.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "autoload_faults.hpp"
#include "drop_in_folders.hpp"

using namespace dumbwaiter;

namespace {

// The manifest has six lines of its own, so the text of a test begins with line 7.
struct Warned : Folders {
    // With libx.so in the first folder, its own fault aside.
    std::vector<std::string> warnings(const std::string& text)
    {
        if (!std::filesystem::exists(path / "one/libx.so")) put("drop_in_1.so", "one/libx.so");
        look(text);
        std::erase_if(found.faults, [](const Problem& fault) { return fault.message.ends_with("\"libx.needs\"]"); });
        return AutoloadFaults(manifest, "m", found.faults).lines();
    }
};

std::string joined(const Names& lines)
{
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
    return text;
}

}  // namespace

TEST_CASE("a [library] that is of nothing is told of with its place, until a library of that name is there")
{
    const struct {
        std::string text;
        Names lines;
    } rows[] = {
        {"[library.\"libx.so\"]\nmemory = \"64MiB\"\n", {}},
        {"[library.\"libz.so\"]\nmemory = \"64MiB\"\n",
         {"m:7:10: [library.\"libz.so\"] names no library that is here or in use; did you mean \"libx.so\"?"}},
        {"[library.\"libxy.so\"]\nmemory = \"64MiB\"\n[library.\"libx.so\"]\n[library.\"other.so\"]\n",
         {"m:7:10: [library.\"libxy.so\"] names no library that is here or in use; did you mean \"libx.so\"?",
          "m:10:10: [library.\"other.so\"] names no library that is here or in use: what it says holds once such a "
          "library is dropped in"}},
        {"[library.\"./one/libx.so\"]\nmemory = \"64MiB\"\n",
         {"m:7:10: [library.\"./one/libx.so\"] names no library that is here or in use; did you mean \"libx.so\"?"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        Warned folders;
        Names lines = row.lines;
        for (std::string& line : lines) {
            if (const size_t at = line.find("./one"); at != line.npos) line.replace(at, 2, folders.path.string() + "/");
        }
        CHECK(joined(folders.warnings(row.text)) == joined(lines));
    }
    Warned folders;
    CHECK(folders.warnings(rows[1].text).size() == 1);
    folders.put("version_1.so", "two/libz.so");
    CHECK(folders.warnings(rows[1].text).empty());
    folders.write("two/libz.so", "no library, and told of as such");
    CHECK(folders.warnings(rows[1].text).size() == 1);
    CHECK(folders.faults("libz.so", "[library") == 0);
    std::filesystem::remove(folders.path / "two/libz.so");
    CHECK(folders.warnings(rows[1].text).size() == 1);
}

TEST_CASE("a [library] of one that a function or a serializer names is in use, wherever that lies")
{
    Warned folders;
    const std::string elsewhere = (folders.path / "elsewhere.so").string();
    folders.put("echo.so", "elsewhere.so");
    CHECK(folders
              .warnings("[functions]\nfar = \"" + elsewhere + ":echo\"\n[library.\"" + elsewhere +
                        "\"]\nmemory = \"64MiB\"\n")
              .empty());
}

TEST_CASE("isolation of what is dropped in is told of where it says thread, and holds for lines of the manifest")
{
    const struct {
        std::string settings, text, line;
    } rows[] = {
        {"", "[library.\"libx.so\"]\nisolation = \"process\"\n", ""},
        {"", "[library.\"libx.so\"]\nisolation = \"thread\"\n",
         "m:8:1: isolation = \"thread\" does not hold for what [autoload] runs of \"libx.so\", which is always in a "
         "child process: name its functions under [functions], or leave it out"},
        {"isolation = \"thread\"", "",
         "m:4:1: isolation = \"thread\" does not hold for what [autoload] runs, which is always in a child process, "
         "and nothing else is run: leave it out"},
        {"isolation = \"thread\"", "[functions]\nmine = \"libx.so:old\"\n", ""},
        {"isolation = \"thread\"", "[functions]\nmine = { function = \"libx.so:old\", isolation = \"process\" }\n", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.settings);
        CAPTURE(row.text);
        Warned folders;
        folders.more = row.settings;
        CHECK(joined(folders.warnings(row.text)) == row.line);
        CHECK(folders.function("libx.beat")->isolation == Isolation::kProcess);
    }
}

TEST_CASE("isolation of a library of which every function has its line is nobody's loss")
{
    Warned folders;
    std::string text = "[library.\"libx.so\"]\nisolation = \"thread\"\n[functions]\n";
    for (const char* symbol : {"beat", "hastily", "old", "rarely"}) {
        text += std::string(symbol) + " = \"libx.so:" + symbol + "\"\n";
    }
    CHECK(folders.warnings(text).empty());
}

TEST_CASE("after takes functions that are dropped in, and one that is not there is told of with its place")
{
    const std::string entry = "[functions.a]\nfunction = \"libx.so:old\"\nafter = [\"libx.beat\", \"";
    const struct {
        std::string name, line;
    } rows[] = {
        {"libx.rarely", ""},
        {"libx.raerly",
         "m:9:23: a runs after \"libx.raerly\", and no function of that name is here; did you mean \"libx.rarely\"?"},
        {"libz.other",
         "m:9:23: a runs after \"libz.other\", and no function of that name is here: it does once one is dropped in"},
        {"libx.needs",
         "m:9:23: a runs after \"libx.needs\", and no function of that name is here: it does once one is dropped in"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Warned folders;
        CHECK(joined(folders.warnings(entry + row.name + "\"]\n")) == row.line);
        CHECK(folders.function("a")->after.size() == 2);
    }
    // What ran of a library that is broken now runs on: that it is broken is told already.
    Warned folders;
    folders.put("version_1.so", "one/libz.so");
    CHECK(folders.warnings(entry + "libz.version\"]\n").empty());
    folders.write("one/libz.so", "no library");
    CHECK(folders.warnings(entry + "libz.version\"]\n").size() == 1);
    CHECK(folders.faults("libz.so", "") == 1);
}

TEST_CASE("what autoload has to tell stands at its place, also in conf.d, and is news once wherever that moves")
{
    Manifest manifest;
    manifest.parts = {"x.toml"};
    const AutoloadFaults before(manifest, "etc/m.toml", {{{}, "plugins/a.so: is broken"}, {{3, 1, 1}, "one"}});
    CHECK(before.lines() == Names{"plugins/a.so: is broken", "etc/conf.d/x.toml:3:1: one"});
    CHECK(AutoloadFaults().news(before) == before.lines());
    CHECK(before.news(before).empty());
    const AutoloadFaults moved(manifest, "/srv/etc/m.toml", {{{7, 2}, "one"}, {{8, 2}, "two"}});
    CHECK(before.news(moved) == Names{"/srv/etc/m.toml:8:2: two"});
    CHECK(moved.news(before) == Names{"plugins/a.so: is broken"});
}
