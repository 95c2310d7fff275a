// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace fs = std::filesystem;

namespace {

// What starts at 5 has line 5 of the manifest: World::write puts four lines before it.
struct Row {
    const char* functions;
    std::vector<std::string> parts;
};

void check_refused(World& world, const Row& row)
{
    world.write(row.functions);
    const Done check = world.run({"check", "--manifest", world.manifest().string()});
    CAPTURE(row.functions);
    CAPTURE(check.err);
    CHECK(check.code == 2);
    CHECK(check.out == "");
    for (const std::string& part : row.parts) CHECK(has(check.err, part));
    const Done run = world.once();
    CHECK(run.code == 2);
    CHECK(run.err == check.err);
    CHECK_FALSE(fs::exists(world.store()));
}

}  // namespace

TEST_CASE("where stderr cannot be written, the exit code tells all the same")
{
    World world;
    const std::string programs = std::getenv("PROGRAMS");
    const std::string missing = " --manifest " + (world.root() / "none.toml").string() + " 2>/dev/full";
    CHECK(WEXITSTATUS(std::system((programs + "/dumbwaiter check" + missing).c_str())) == 2);
    CHECK(WEXITSTATUS(std::system((programs + "/run_dumbwaiter" + missing).c_str())) == 2);
}

TEST_CASE("a bad manifest is refused with file, line and column, by `check` and by `run` alike; nothing is started")
{
    const std::vector<Row> rows = {
        {"[functions", {"dumbwaiter.toml:5:"}},
        {"[functions.a]\nfunction = ", {"dumbwaiter.toml:6:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nfrequncy = 3", {"dumbwaiter.toml:7:1:", "frequency"}},
        {"[functoins.a]\nfunction = \"tick.so:tick\"", {"dumbwaiter.toml:5:", "functions"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nfrequency = \"often\"", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nfrequency = -1", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nfrequency = 0", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nfrequency = 0.001", {"dumbwaiter.toml:7:", "0.01"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nfrequency = nan", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nfrequency = inf", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nfrequency = 1e300", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nmax_saved = 0", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nmax_saved = 1.5", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\ntimeout = -2", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\non_start = \"sometimes\"", {"dumbwaiter.toml:7:", "always"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nserializer = \"jsno\"", {"dumbwaiter.toml:7:", "json"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nargs = 3", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nargs = [12:30:00]", {"dumbwaiter.toml:7:"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\n[functions.a]\nfunction = \"tick.so:tick\"",
         {"dumbwaiter.toml:7:"}},
        {"[functions]\na = \"tick.so:tick\"\na = \"tick.so:tick\"", {"dumbwaiter.toml:7:"}},
        {"[functions.\"a b\"]\nfunction = \"tick.so:tick\"", {"dumbwaiter.toml:5:", "a b"}},
        {"[functions.\"\"]\nfunction = \"tick.so:tick\"", {"dumbwaiter.toml:5:"}},
        {"[functions.a]\nfrequency = 3", {"dumbwaiter.toml:5:", "function"}},
        {"[functions.a]\nfunction = \"tick.so\"", {"dumbwaiter.toml:6:", "FUNCTION"}},
        {"[functions.a]\nfunction = \"tick.so:tikc\"", {"dumbwaiter.toml:6:", "\"tick\""}},
        {"[functions.a]\nfunction = \"tikc.so:tick\"", {"dumbwaiter.toml:6:", "tikc.so", "tick.so"}},
        {"[functions.a]\nfunction = \"./none.so:tick\"", {"dumbwaiter.toml:6:", "none.so"}},
        {"[functions.a]\nfunction = \"no_info.so:bare\"", {"dumbwaiter.toml:6:", "bare"}},
        {"[functions.a]\nfunction = \"future.so:future\"", {"dumbwaiter.toml:6:", "999"}},
        {"[functions.a]\nfunction = \"must_understand.so:unknown_flag\"", {"dumbwaiter.toml:6:", "flag"}},
        {"[functions.a]\nfunction = \"lying_size.so:lying_size\"", {"dumbwaiter.toml:6:", "size"}},
        {"[functions.a]\nfunction = \"short_info.so:short_info\"", {"dumbwaiter.toml:6:", "short_info"}},
        {"[functions.a]\nfunction = \"no_run.so:no_run\"", {"dumbwaiter.toml:6:", "no_run"}},
        {"[functions.a]\nfunction = \"missing_dependency.so:orphan\"",
         {"dumbwaiter.toml:6:", "nobody_has_this_symbol"}},
        {"[functions.a]\nfunction = \"aborting_constructor.so:whisper\"", {"dumbwaiter.toml:6:", "SIGABRT"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\nlimits = { memory = 3 }",
         {"dumbwaiter.toml:7:", "[library.\"tick.so\"]"}},
        {"[functions.a]\nfunction = \"tick.so:tick\"\ncron = \"* * * *\"",
         {"dumbwaiter.toml:7:", "five fields are wanted"}},
    };
    World world;
    for (const Row& row : rows) check_refused(world, row);
}

TEST_CASE(
    "what later versions may grow is taken: a longer info, a flag that may be ignored, a plugin without our macros")
{
    World world;
    world.write(
        "[functions]\nlonger = \"longer_info.so:longer_info\"\nflag = \"must_understand.so:ignorable_flag\"\n"
        "plain = \"no_macros.so:plain\"\n");
    CHECK(world.once().code == 0);
    CHECK(world.reading("longer")["value"] == "ran");
    CHECK(world.reading("flag")["value"] == "ran");
    CHECK(world.reading("plain")["value"] == 1234);
}

TEST_CASE("all errors of a manifest are reported together, in order of place")
{
    World world;
    world.write("[functions.a]\nfunction = \"tick.so:nope\"\nmax_saved = 0\n[functions.b]\nfrequency = 1\n",
                "workers = \"many\"");
    const Done done = world.run({"check"});
    CHECK(done.code == 2);
    std::vector<size_t> places;
    for (const char* line : {"dumbwaiter.toml:4:", "dumbwaiter.toml:6:", "dumbwaiter.toml:7:", "dumbwaiter.toml:8:"}) {
        CAPTURE(line);
        places.push_back(done.err.find(line));
        CHECK(places.back() != std::string::npos);
    }
    CHECK(std::is_sorted(places.begin(), places.end()));
}

TEST_CASE(
    "a group of the store that is not there is found by check, at its line; functions that are no table are one fault")
{
    World world;
    world.write("[functions]\na = \"tick.so:tick\"\n", "store_group = \"nobody-has-this\"");
    const Done group = world.run({"check"});
    CHECK(group.code == 2);
    CHECK(has(group.err, "dumbwaiter.toml:4:1: there is no group nobody-has-this"));
    CHECK(world.once().code == 2);
    world.write_file("dumbwaiter.toml", "functions = 3\n");
    const Done table = world.run({"check"});
    CHECK(table.code == 2);
    CHECK(std::count(table.err.begin(), table.err.end(), '\n') == 1);
}

TEST_CASE("a manifest that is missing, empty, a folder or no text is refused")
{
    World world;
    CHECK(world.run({"check", "--manifest", "none.toml"}).code == 2);
    CHECK(world.run({"check", "--manifest", "."}).code == 2);
    world.write_file("binary.toml", std::string("\x7f\x00\xff\xfe[", 5));
    CHECK(world.run({"check", "--manifest", "binary.toml"}).code == 2);
    world.write_file("dumbwaiter.toml", "");
    const Done empty = world.run({"check"});
    CHECK(empty.code == 2);
    CHECK(has(empty.err, "there is no function to run"));
    CHECK(world.once().code == 2);
}

TEST_CASE("a file that is no library of this machine is refused by what it is")
{
    World world;
    const std::string good = read_file(test_plugin("tick.so"));
    REQUIRE(good.size() > 4096);
    std::string of_32_bit = good, of_other_machine = good;
    of_32_bit[4] = 1;                              // EI_CLASS = ELFCLASS32
    of_other_machine.replace(18, 2, "\x08\0", 2);  // e_machine = MIPS
    const std::vector<std::pair<const char*, std::string>> files = {
        {"text.so", "this is not a library\n"},
        {"empty.so", ""},
        {"cut.so", good.substr(0, good.size() / 2)},
        {"head.so", good.substr(0, 40)},
        {"thirty_two.so", of_32_bit},
        {"other.so", of_other_machine},
    };
    for (const auto& [name, bytes] : files) {
        CAPTURE(name);
        world.write_file(name, bytes);
        world.write(std::string("[functions.a]\nfunction = \"./") + name + ":tick\"\n");
        const Done check = world.run({"check"});
        CAPTURE(check.err);
        CHECK(check.code == 2);
        CHECK(has(check.err, "dumbwaiter.toml:6:"));
        CHECK(has(check.err, name));
        const Done inspect = world.run({"inspect", std::string("./") + name});
        CHECK(inspect.code == 2);
        CHECK(has(inspect.err, name));
    }
}

TEST_CASE("a store folder that cannot be one is refused with exit code 3")
{
    World world;
    world.write("[functions]\ntick = \"tick.so:tick\"\n");
    world.write_file("store", "a file in the way");
    const Done run = world.once();
    CHECK(run.code == 3);
    CHECK(has(run.err, "store"));
    CHECK(world.run({"get", "tick"}).code == 3);
    CHECK(world.run({"verify"}).code == 3);
    CHECK(read_file(world.store()) == "a file in the way");
    CHECK(world.run({"get", "tick", "--store", (world.root() / "none").string()}).code == 3);
    CHECK(world.run({"get", "tick", "--store", world.root().string()}).code == 3);
}

TEST_CASE("a store in a folder that may not be read is refused")
{
    if (geteuid() != 0) {
        World world;
        world.write("[functions]\ntick = \"tick.so:tick\"\n");
        CHECK(world.once().code == 0);
        fs::permissions(world.store(), fs::perms::none);
        CHECK(world.run({"get", "tick"}).code == 3);
        CHECK(world.once().code == 3);
        fs::permissions(world.store(), fs::perms::owner_all);
        return;
    }
    MESSAGE("skipped: root may read everything");
}

TEST_CASE("a read-only file system is refused by the host, and said to be one")
{
    World world;
    world.write("[functions]\ntick = \"tick.so:tick\"\n");
    CHECK(world.once().code == 0);
    const std::string store = world.store().string();
    if (mount(store.c_str(), store.c_str(), nullptr, MS_BIND, nullptr) != 0) {
        MESSAGE("skipped: no bind mounts here");
        return;
    }
    const bool is_read_only = mount(nullptr, store.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    if (is_read_only) {
        const Done run = world.once();
        CHECK(run.code == 3);
        CHECK(has(run.err, "ead-only"));
        CHECK(world.run({"get", "tick"}).out == "1\n");  // no host is alive: it may be read
    }
    umount(store.c_str());
    if (!is_read_only) MESSAGE("skipped: no read-only bind mounts here");
}
