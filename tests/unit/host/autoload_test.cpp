// SPDX-License-Identifier: BSD-3-Clause
//
// What is run of a folder of libraries that nobody named.
#include "autoload.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "drop_in_folders.hpp"

using namespace dumbwaiter;
namespace fs = std::filesystem;

namespace {

const Names kAll = {"libx.beat", "libx.hastily", "libx.old", "libx.rarely"};

}  // namespace

TEST_CASE("every function of a library in a plugin folder is there, with the frequency that it suggests")
{
    Folders folders;
    folders.look();
    CHECK(folders.names().empty());
    folders.put("drop_in_1.so", "two/libx.so");
    folders.look();
    CHECK(folders.names() == kAll);
    const FunctionSpec& beat = folders.function("libx.beat");
    CHECK(beat->library == "libx.so");
    CHECK(beat->symbol == "beat");
    CHECK(beat->frequency == std::chrono::milliseconds(50));
    CHECK(folders.function("libx.rarely")->frequency == std::chrono::seconds(7));
    CHECK(folders.function("libx.hastily")->frequency == std::chrono::milliseconds(10));
}

TEST_CASE("a function that needs arguments is told of, and leaves the others alone")
{
    Folders folders;
    folders.put("drop_in_1.so", "one/libx.so");
    folders.look();
    CHECK(folders.names() == kAll);
    CHECK(folders.found.faults.size() == 1);
    CHECK(folders.faults("one/libx.so", "\"needs\" is not run: ") == 1);
    CHECK(folders.faults("one/libx.so", "write its arguments under [functions.\"libx.needs\"]") == 1);
    folders.look("[functions.\"libx.needs\"]\nfunction = \"libx.so:needs\"\nargs = [1]\n");
    CHECK(folders.found.faults.empty());
    CHECK(folders.names().size() == 5);
}

TEST_CASE("drop-ins run in child processes, whatever the manifest says of others")
{
    Folders folders;
    folders.more = "isolation = \"thread\"";
    folders.put("drop_in_1.so", "one/libx.so");
    folders.look("[library.\"libx.so\"]\nisolation = \"thread\"\n[functions]\nmine = \"libx.so:old\"\n");
    CHECK(folders.function("mine")->isolation == Isolation::kThread);
    CHECK(folders.function("libx.beat")->isolation == Isolation::kProcess);
}

TEST_CASE("a function that the manifest names is run as it says only, whatever it is called there")
{
    Folders folders;
    folders.put("drop_in_1.so", "one/libx.so");
    folders.look(
        "[functions]\nmine = \"./one/../one/libx.so:beat\"\n[functions.\"libx.old\"]\nfunction = \"libx.so:old\"\n"
        "frequency = 3\nenabled = false\n");
    CHECK(folders.names() == Names{"libx.hastily", "libx.old", "libx.rarely", "mine"});
    CHECK(folders.function("libx.old")->frequency == std::chrono::seconds(3));
    CHECK_FALSE(folders.function("libx.old")->enabled);
    CHECK(folders.found.faults.size() == 1);  // needs
    // One library is one child.
    CHECK(folders.resolution.bindings.front().library_id == folders.resolution.bindings.back().library_id);
}

TEST_CASE("a name that the manifest has given to another function stays with that")
{
    Folders folders;
    folders.put("drop_in_1.so", "one/libx.so");
    folders.put("version_1.so", "one/other.so");
    folders.look("[functions]\n\"libx.beat\" = \"other.so:version\"\n");
    CHECK(folders.function("libx.beat")->symbol == "version");
    CHECK(folders.faults("libx.so",
                         "\"beat\" is not run: the manifest has given the name libx.beat to other.so:version") == 1);
    CHECK(folders.names() == kAll);
}

TEST_CASE("what is broken is told of, and stops nothing else")
{
    Folders folders;
    folders.put("drop_in_1.so", "one/libx.so");
    folders.put("aborting_constructor.so", "one/aborts.so");
    folders.put("missing_dependency.so", "one/lacks.so");
    folders.write("one/text.so", "this is no library");
    folders.write("one/empty.so", "");
    folders.put("version_1.so", "one/half.so");
    fs::resize_file(folders.path / "one/half.so", fs::file_size(folders.path / "one/half.so") / 2);
    folders.put("version_1.so", "one/open.so");
    fs::permissions(folders.path / "one/open.so", fs::perms::others_write, fs::perm_options::add);
    folders.put("no_run.so", "one/hollow.so");
    folders.look();
    CHECK(folders.names() == kAll);
    for (const char* name : {"aborts.so", "lacks.so", "text.so", "empty.so", "half.so", "open.so"}) {
        CAPTURE(name);
        CHECK(folders.faults(name, "") == 1);
        CHECK(std::ranges::count(folders.found.broken, name) == 1);
    }
    CHECK(folders.faults("hollow.so", "is not run: ") >= 1);
    CHECK(std::ranges::count(folders.found.broken, "hollow.so") == 0);
}

TEST_CASE("a library that hung before is told of and not tried again, in whatever folder it lies")
{
    Folders folders;
    folders.put("drop_in_1.so", "one/libx.so");
    folders.put("counted_hang.so", "two/libhang.so");
    const auto taken = take_library(folders.path / "two/libhang.so", Trust::kOwner);
    REQUIRE(taken.has_value());
    folders.hung = {taken->copy.sha256};
    folders.look();
    CHECK(folders.names() == kAll);
    CHECK(folders.faults("two/libhang.so", "hung for 10 s") == 1);
    CHECK(folders.found.broken == Names{"libhang.so"});
    CHECK(folders.found.hung == folders.hung);
    CHECK_FALSE(fs::exists("tries"));
    // A newer one is another one, and the one before is not kept in mind.
    folders.put("drop_in_1.so", "two/libhang.so");
    folders.look();
    CHECK(folders.names().size() == 2 * kAll.size());
    CHECK(folders.found.hung.empty());
}

TEST_CASE("a library whose name is no part of a name is told of once")
{
    Folders folders;
    folders.put("drop_in_1.so", "one/lib x.so");
    folders.look();
    CHECK(folders.names().empty());
    CHECK(folders.found.faults.size() == 1);
    CHECK(folders.faults("lib x.so", "rename it") == 1);
}

TEST_CASE("libraries are told apart by their names, and the first folder goes first")
{
    Folders folders;
    folders.put("drop_in_2.so", "one/libx.so");
    folders.put("drop_in_1.so", "two/libx.so");
    fs::create_symlink("libx.so", folders.path / "one/liby.so");
    folders.look();
    CHECK(folders.names() == Names{"libx.beat", "libx.hastily", "libx.rarely"});
    CHECK(folders.faults("two/libx.so", "another folder of plugin_path") == 1);
    CHECK(folders.faults("one/liby.so", "is the file libx.so once more") == 1);
}

TEST_CASE("a library that is passed over runs under a link whose name is free")
{
    Folders folders;
    folders.put("drop_in_2.so", "one/libx.so");
    folders.put("drop_in_1.so", "two/libx.so");
    fs::create_symlink("libx.so", folders.path / "two/liby.so");
    folders.look();
    CHECK(std::ranges::count(folders.names(), "libx.beat") == 1);
    CHECK(std::ranges::count(folders.names(), "liby.old") == 1);  // what the second one has
    CHECK(folders.faults("two/libx.so", "another folder of plugin_path") == 1);
    CHECK(folders.faults("two/liby.so", "once more") == 0);
}

TEST_CASE("a link to a library that is broken is not told to be one that is run")
{
    Folders folders;
    std::ofstream(folders.path / "one/libx.so") << "no library";
    fs::create_symlink("libx.so", folders.path / "one/liby.so");
    folders.look();
    CHECK(folders.faults("one/liby.so", "is the file libx.so once more") == 1);
    CHECK(folders.faults("one/liby.so", "is run") == 0);
}

TEST_CASE("a library that no name can be made of runs under a link whose name is one")
{
    Folders folders;
    folders.put("drop_in_1.so", "one/lib+1.so");
    fs::create_symlink("lib+1.so", folders.path / "one/libx.so");
    folders.look();
    CHECK(std::ranges::count(folders.names(), "libx.beat") == 1);
    CHECK(folders.faults("lib+1.so", "rename it") == 1);
    CHECK(folders.faults("libx.so", "once more") == 0);
}

TEST_CASE("what is wrong with a folder is told once, not for each of its libraries")
{
    Folders folders;
    folders.put("drop_in_1.so", "one/libx.so");
    folders.put("drop_in_2.so", "one/liby.so");
    fs::permissions(folders.path / "one", fs::perms::all);
    folders.look();
    CHECK(folders.names().empty());
    CHECK(folders.found.broken == Names{"libx.so", "liby.so"});
    CHECK(folders.found.faults.size() == 1);
}

TEST_CASE("hidden files, other names and libraries without functions are nobody's business")
{
    Folders folders;
    folders.put("drop_in_1.so", "one/.libx.so");
    folders.put("drop_in_1.so", "one/libx.so.1");
    folders.put("drop_in_1.so", "one/libx.so~");
    folders.put("no_info.so", "one/libhelp.so");
    fs::create_directory(folders.path / "one/libfolder.so");
    folders.look();
    CHECK(folders.names().empty());
    CHECK(folders.found.faults.empty());
}

TEST_CASE("what [library] says of a dropped-in library holds, and it need not be there yet")
{
    Folders folders;
    const std::string table = "[library.\"libx.so\"]\nmemory = \"256MiB\"\ngroup = \"g\"\nsha256 = \"";
    folders.look(table + std::string(64, '0') + "\"\n");
    CHECK(folders.names().empty());
    folders.put("drop_in_1.so", "one/libx.so");
    folders.look(table + std::string(64, '0') + "\"\n");
    CHECK(folders.names().empty());
    CHECK(folders.found.broken == Names{"libx.so"});
    const auto taken = take_library(folders.path / "one/libx.so", Trust::kOwner);
    REQUIRE(taken.has_value());
    folders.look(table + taken->copy.sha256 + "\"\n");
    CHECK(folders.names() == kAll);
    CHECK(folders.function("libx.beat")->group == "g");
}

TEST_CASE("groups whose libraries differ are the manifest's fault, though nothing of them is there")
{
    const ManifestReading reading = parse_manifest(
        "[autoload]\nenabled = true\n[library.\"a.so\"]\ngroup = \"g\"\n[library.\"b.so\"]\ngroup = \"g\"\nmemory = "
        "\"64MiB\"\n",
        "m", "/");
    REQUIRE(reading.problems.size() == 1);
    CHECK(reading.problems[0].at == Position{6, 1});
}

TEST_CASE("the same functions come into the same manifest when it is parsed again")
{
    Folders folders;
    folders.put("drop_in_1.so", "one/libx.so");
    folders.look("[functions]\nm = \"libx.so:old\"\n");
    Manifest again =
        parse_manifest("[dumbwaiter]\nplugin_path = [\"one\", \"two\"]\n[functions]\nm = \"libx.so:old\"\n", "m",
                       folders.path)
            .manifest;
    add_autoloaded(again, folders.found.functions);
    REQUIRE(again.functions.size() == folders.manifest.functions.size());
    for (size_t i = 0; i < again.functions.size(); ++i) {
        CHECK(again.functions[i].name == folders.manifest.functions[i].name);
        CHECK(again.functions[i]->isolation == folders.manifest.functions[i]->isolation);
    }
}
