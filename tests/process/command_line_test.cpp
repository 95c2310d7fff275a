// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <csignal>

#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("started with closed descriptors, no command writes its output or messages into the store's files")
{
    World world;
    world.write(entry("count", "tick.so:tick", "frequency = 0.1"));
    const auto host = world.start();
    world.wait_for("count", 1);
    const auto closed = [&](const std::string& rest) {
        return world.run_program("/bin/sh", {"-c", "exec \"$0\" " + rest, program("dumbwaiter").string()}).code;
    };
    for (const char* rest : {"get nobody <&- 2>&-", "errors nobody <&- >&- 2>&-", "get nobody --wait 0.1 2>&- <&-"}) {
        closed(rest);
        CHECK_MESSAGE(!has(read_file(world.store() / "lock.mdb"), "dumbwaiter:"), rest);
    }
    for (const char* rest : {"get count >&-", "list >&-", "check >&-", "verify >&- 2>&-", "get count <&- >&-"}) {
        CHECK_MESSAGE(closed(rest) == 1, rest);
    }
    CHECK(closed("get count <&- 2>&-") == 0);
    world.wait_for("count", world.sequence("count") + 1);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a wrong command line exits 2, says what is wrong in one line, and prints nothing on stdout")
{
    struct Row {
        std::vector<std::string> arguments;
        std::vector<std::string> parts;
    };
    const std::vector<Row> rows = {
        {{}, {"a command is needed"}},
        {{"gte", "count"}, {"gte", "did you mean \"get\""}},
        {{"histroy", "count"}, {"did you mean \"history\""}},
        {{"qqqqqqqq"}, {"unknown command \"qqqqqqqq\""}},
        {{"get"}, {"NAME"}},
        {{"get", "a", "b"}, {"\"b\""}},
        {{"get", "a", "--jsno"}, {"did you mean \"--json\""}},
        {{"get", "a", "--json", "--raw"}, {"--json"}},
        {{"get", "a", "--after", "3"}, {"--wait"}},
        {{"get", "a", "--wait", "-1"}, {"--wait"}},
        {{"get", "a", "--wait", "nan"}, {"--wait"}},
        {{"get", "a", "--wait", "soon"}, {"--wait"}},
        {{"get", "a", "--max-age", "inf"}, {"--max-age"}},
        {{"history", "a", "-n", "0"}, {"-n"}},
        {{"history", "a", "-n", "-3"}, {"-n"}},
        {{"history"}, {"NAME"}},
        {{"inspect"}, {"LIB"}},
        {{"run", "--for", "0"}, {"--for"}},
        {{"run", "--workers", "1025"}, {"--workers takes 0 to 1024"}},
        {{"run", "--log-level", "loud"}, {"--log-level", "warning"}},
        {{"run", "--log-format", "xml"}, {"--log-format", "json"}},
        {{"run", "--manifest"}, {"--manifest takes a value"}},
        {{"--once"}, {"--once", "`dumbwaiter run --once`"}},
        {{"get", "a", "--once"}, {"`dumbwaiter run --once`"}},
        {{"history", "-n", "-1"}, {"-n", "whole number"}},
        {{"get", "a", "--wait", "x"}, {"--wait: seconds are wanted", "\"x\"", "`dumbwaiter get --help`"}},
        {{"run", "--for", "x"}, {"--for: seconds are wanted"}},
        {{"run", "--workers", "-1"}, {"--workers: a whole number is wanted"}},
        {{"get", "a", "--store", "b", "--store", "c"}, {"--store is given more than once: give it once"}},
        {{"get"}, {"`dumbwaiter get NAME`"}},
        {{"foo", "--help"}, {"unknown command \"foo\""}},
        {{"--version", "foo"}, {"unknown command \"foo\""}},
        {{"refresh"}, {"`dumbwaiter refresh NAME`"}},
        {{"backup"}, {"`dumbwaiter backup DEST`"}},
        {{"new-plugin"}, {"new-plugin takes NAME"}},
        {{"new-plugin", "../x"}, {"cannot be the name of a plugin"}},
        {{"new-plugin", "x", "--lang", "perl"}, {"--lang takes c, cpp or rust, not \"perl\""}},
    };
    World world;
    for (const Row& row : rows) {
        const Done done = world.run(row.arguments);
        CAPTURE(row.arguments.size());
        CAPTURE(done.err);
        CHECK(done.code == 2);
        CHECK(done.out == "");
        CHECK(std::count(done.err.begin(), done.err.end(), '\n') == 1);
        for (const std::string& part : row.parts) CHECK(has(done.err, part));
    }
}

TEST_CASE("--help leads with examples and --version names the version, on stdout")
{
    World world;
    for (const char* option : {"--help", "-h"}) {
        const Done done = world.run({option});
        CHECK(done.code == 0);
        CHECK(has(done.out, "Examples:"));
        CHECK(done.out.find("Examples:") < done.out.find("--manifest"));
    }
    for (const std::vector<std::string>& line : std::vector<std::vector<std::string>>{{"get", "--help"},
                                                                                      {"--help", "get"},
                                                                                      {"-h", "get"},
                                                                                      {"--store", "x", "get", "-h"},
                                                                                      {"get", "a", "--help"}}) {
        const Done done = world.run(line);
        CHECK(done.code == 0);
        CHECK(has(done.out, "--max-age S"));
        CHECK(has(done.out, "\n\nUsage: dumbwaiter get [OPTIONS] NAME\n"));
        CHECK_FALSE(has(done.out, "\n\n\n"));
        CHECK_FALSE(has(done.out, "Excludes"));
    }
    CHECK(world.run({"--version", "get"}).out.starts_with("dumbwaiter "));
    CHECK_FALSE(has(world.run({"--help"}).out, "\n\n\n"));
    for (const char* option : {"--version", "-V"}) {
        const Done done = world.run({option});
        CHECK(done.code == 0);
        CHECK(done.out.starts_with("dumbwaiter "));
    }
}

TEST_CASE("run_dumbwaiter is `run`, and takes every command as well")
{
    World world;
    const auto run = program("run_dumbwaiter");
    CHECK(has(world.run_program(run, {"--help"}).out, "--once"));
    const Done unknown = world.run_program(run, {"chekc"});
    CHECK(unknown.code == 2);
    CHECK(has(unknown.err, "did you mean \"check\""));
    const Done missing = world.run_program(run, {"--manifest", "none.toml"});
    CHECK(missing.code == 2);
    CHECK(has(missing.err, "none.toml"));
    const Done get = world.run_program(run, {"get", "x", "--store", "none"});
    CHECK(get.code == 3);
}

TEST_CASE("without a manifest the places that were looked at are named")
{
    World world;
    const std::string config = (world.root() / "config").string();
    for (const char* command : {"run", "check", "list"}) {
        const Done done = world.run({command}, {"XDG_CONFIG_HOME=" + config});
        CHECK(done.code == 2);
        CHECK(has(done.err, "./dumbwaiter.toml"));
        CHECK(has(done.err, config + "/dumbwaiter/dumbwaiter.toml"));
        CHECK(has(done.err, "/etc/dumbwaiter/dumbwaiter.toml"));
    }
}

TEST_CASE("the manifest is the option's, else the environment's, else the one here, else the user's")
{
    World world;
    const auto named = [&](const char* name) {
        const auto file = world.root() / name;
        std::filesystem::create_directories(file.parent_path());
        world.write_file(name, "[dumbwaiter]\nstore = \"of-" + file.parent_path().filename().string() + "\"\n");
        return file.string();
    };
    const std::string option = named("option/a.toml"), variable = named("variable/b.toml");
    named("config/dumbwaiter/dumbwaiter.toml");
    const std::string config = "XDG_CONFIG_HOME=" + (world.root() / "config").string();
    const std::string environment = "DUMBWAITER_MANIFEST=" + variable;

    // What cannot be opened is named: so `list` tells which store it would have taken.
    CHECK(has(world.run({"list"}, {config}).err, "of-dumbwaiter"));
    world.write_file("dumbwaiter.toml", "[dumbwaiter]\nstore = \"of-here\"\n");
    CHECK(has(world.run({"list"}, {config}).err, "of-here"));
    CHECK(has(world.run({"list"}, {config, environment}).err, "of-variable"));
    CHECK(has(world.run({"list", "--manifest", option}, {config, environment}).err, "of-option"));
    CHECK(has(world.run({"list"}, {environment, "DUMBWAITER_STORE=of-store-variable"}).err, "of-store-variable"));
    CHECK(has(world.run({"list", "--store", "of-store"}, {"DUMBWAITER_STORE=of-store-variable"}).err, "of-store"));
}

TEST_CASE("where no manifest is, every command that needs one exits 2")
{
    World world;
    std::filesystem::remove(world.manifest());
    for (const std::vector<std::string>& line : std::vector<std::vector<std::string>>{{"run"},
                                                                                      {"check"},
                                                                                      {"check", "--diff"},
                                                                                      {"get", "a"},
                                                                                      {"history", "a"},
                                                                                      {"errors"},
                                                                                      {"list"},
                                                                                      {"plan"},
                                                                                      {"status"},
                                                                                      {"refresh", "a"},
                                                                                      {"pause", "a"},
                                                                                      {"resume", "a"},
                                                                                      {"release", "a"},
                                                                                      {"forget", "a"},
                                                                                      {"reload"},
                                                                                      {"verify"},
                                                                                      {"backup", "copy"}}) {
        const Done done = world.run(line, {"XDG_CONFIG_HOME=" + world.root().string()});
        CAPTURE(line.front());
        CHECK(done.code == 2);
        CHECK(done.out == "");
        CHECK(has(done.err, "there is no manifest: name one by --manifest"));
    }
}

TEST_CASE("a manifest in the working folder that belongs to somebody else is passed over, and that is said")
{
    if (geteuid() != 0) {
        MESSAGE("skipped: needs root to give a file away");
        return;
    }
    World world;
    world.write("[functions]\ntick = \"tick.so:tick\"\n");
    REQUIRE(chown(world.manifest().c_str(), 12345, 12345) == 0);
    const Done done = world.run({"check"}, {"XDG_CONFIG_HOME=" + world.root().string()});
    CHECK(done.code == 2);
    CHECK_MESSAGE(has(done.err, "(looked for ./dumbwaiter.toml, which is passed over as uid 12345's, "), done.err);
    const Done named = world.run({"check", "--manifest", "dumbwaiter.toml"});
    CHECK(named.code == 2);
    CHECK_MESSAGE(has(named.err, "belongs to uid 12345, not to root or uid 0: chown 0 "), named.err);
    CHECK(world.run({"check", "--manifest", "dumbwaiter.toml"}, {"DUMBWAITER_TRUST=any"}).code == 0);
    std::filesystem::create_directories(world.root() / "dumbwaiter");
    std::filesystem::copy_file(world.manifest(), world.root() / "dumbwaiter/dumbwaiter.toml");
    const Done other = world.run({"get", "tick"}, {"XDG_CONFIG_HOME=" + world.root().string()});
    CHECK(other.code == 3);
    CHECK(has(other.err, "warning: ./dumbwaiter.toml is passed over"));
    CHECK(has(other.err, "12345"));
    CHECK(other.err.find("warning") == other.err.rfind("warning"));
}

TEST_CASE("somebody else's link to a good manifest is passed over as well")
{
    if (geteuid() != 0) {
        MESSAGE("skipped: needs root to give a file away");
        return;
    }
    World world;
    world.write("[functions]\ntick = \"tick.so:tick\"\n");
    std::filesystem::rename(world.manifest(), world.root() / "good.toml");
    std::filesystem::create_symlink("good.toml", world.manifest());
    CHECK(world.run({"check"}).code == 0);
    REQUIRE(lchown(world.manifest().c_str(), 12345, 12345) == 0);
    const Done done = world.run({"check"}, {"XDG_CONFIG_HOME=" + world.root().string()});
    CHECK(done.code == 2);
    CHECK(has(done.err, "passed over"));
    CHECK(has(done.err, "12345"));
    CHECK(world.run({"get", "tick"}, {"XDG_CONFIG_HOME=" + world.root().string()}).code == 2);
}

TEST_CASE("a reader takes no other store where the manifest does not say it soundly, and passes over all other faults")
{
    World world;
    std::filesystem::create_directory(world.root() / "dumbwaiter.store");
    const char* faulty[] = {"[dumbwaiter]\nstore = 3\n",
                            "[dumbwaiter]\nstore = \"\"\n",
                            "[dumbwaiter]\nstroe = \"a\"\n",
                            "[dumbwaiter]\nstore_folder = \"a\"\n",
                            "\n[dumbwaitr]\nstore = \"a\"\n",
                            "\ndumbwaiter = 3\n",
                            "\nstore = \"a\"\n",
                            "\n[dumbwaiter\n"};
    for (const char* text : faulty) {
        CAPTURE(text);
        world.write_file("dumbwaiter.toml", std::string(text) + "[functions]\na = 7\n");
        for (const std::vector<std::string>& command :
             std::vector<std::vector<std::string>>{{"get", "x"}, {"list"}, {"verify"}}) {
            const Done done = world.run(command);
            CAPTURE(done.err);
            CHECK(done.code == 2);
            CHECK(has(done.err, "dumbwaiter.toml:2:"));
            CHECK_FALSE(has(done.err, "toml:4:"));
            CHECK(std::count(done.err.begin(), done.err.end(), '\n') == 1);
        }
    }
    world.write_file("dumbwaiter.toml", "[dumbwaiter]\nworkers = \"many\"\nstore = \"there\"\n[functions]\na = 7\n");
    const Done done = world.run({"get", "x"});
    CHECK(done.code == 3);
    CHECK(has(done.err, "/there"));
}

TEST_CASE("output that cannot be written is an error, a reader that went away is none")
{
    World world;
    const Done full = world.run_program("/bin/sh", {"-c", program("dumbwaiter").string() + " --help > /dev/full"});
    CHECK(full.code == 1);
    CHECK(has(full.err, "could not be written"));
    const Done gone = world.run_program(
        "/bin/sh", {"-c", "{ sleep 0.2; " + program("dumbwaiter").string() + " --help; echo $? >&2; } | true"});
    CHECK(gone.err == "0\n");
}
