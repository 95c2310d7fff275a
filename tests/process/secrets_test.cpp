// SPDX-License-Identifier: BSD-3-Clause
//
// A secret from the manifest to the function, and nowhere else: log, #functions, error reports, inspect, the commands.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <signal.h>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

constexpr const char* kSecret = "hunter2-is-in-no-log";
std::string run_command()
{
    return shipped_plugin("libexec.so").string() + ":run";
}

}  // namespace

TEST_CASE("a function gets its secret, and nothing else shows it")
{
    for (const char* isolation : {"process", "thread"}) {
        CAPTURE(isolation);
        World world;
        world.write_file("key", std::string(kSecret) + "\n");
        const std::string in_env = "kwargs = { env = { KEY = { \"$secret\" = \"file:key\" } } }";
        const std::string settings = fmt::format("isolation = \"{}\"\n", isolation);
        world.write(entry("length", run_command(), "args = [\"sh\", \"-c\", \"printf ${#KEY}\"]\n" + in_env) +
                        entry("loud", run_command(),
                              "args = [\"sh\", \"-c\", \"echo no login with $KEY >&2; exit 3\"]\n" + in_env) +
                        entry("wrong", run_command(), "args = [{ \"$secret\" = \"env:DW_NOT_THERE\" }]"),
                    settings);
        const Done done = world.once();
        CHECK(done.code == 1);
        CHECK(world.reading("length")["value"] == std::to_string(std::string_view(kSecret).size()));
        CHECK(world.errors("loud").at(0)["text"] == "sh exited with 3; stderr: no login with ***");
        CHECK(has(world.errors("wrong").at(0)["text"], "args[0]: its secret \"env:DW_NOT_THERE\" cannot be had"));
        std::string shown = done.out + done.err;
        for (const auto& command : {"list", "errors", "check"}) {
            shown += world.run({command, "--manifest", world.manifest().string()}).out;
        }
        shown += world.run({"list", "--json"}).out;
        shown += world.run({"inspect", shipped_plugin("libexec.so").string()}).out;
        for (const auto& file : {"data.mdb", "lock.mdb"}) shown += read_file(world.store() / file);
        CHECK_FALSE(has(shown, kSecret));
    }
}

TEST_CASE("what a library prints of a secret is starred in the host's log")
{
    if (!std::filesystem::exists(shipped_plugin("libpython.so"))) return;
    World world;
    world.write_file("key", kSecret);
    world.write(entry("loud", shipped_plugin("libpython.so").string() + ":call",
                      "args = [\"builtins.print\", \"it is\", { \"$secret\" = \"file:key\" }]"));
    const Done done = world.once();
    CHECK(done.code == 0);
    CHECK(has(done.err, "it is ***"));
    CHECK_FALSE(has(done.err, kSecret));
}

TEST_CASE("a secret is looked up for each invocation, and one that is gone is named by its source")
{
    World world;
    world.write_file("key", "first");
    world.write(entry("shown", run_command(),
                      "args = [\"cat\"]\nkwargs = { stdin = { \"$secret\" = \"file:key\" } }\nfrequency = 0.1"));
    const auto host = world.start();
    world.wait_for("shown", 1);
    CHECK(world.reading("shown")["value"] == "first");
    world.write_file("key.new", "second");
    std::filesystem::rename(world.root() / "key.new", world.root() / "key");
    world.wait_for("shown", world.sequence("shown") + 2);
    CHECK(world.reading("shown")["value"] == "second");
    std::filesystem::remove(world.root() / "key");
    world.wait_for_errors("shown");
    CHECK(world.errors("shown")[0]["text"] ==
          "kwargs.stdin: its secret \"file:key\" cannot be had: No such file or directory");
    CHECK(host->stop(SIGTERM) == 0);
}
