// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <regex>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

std::vector<std::string> keys(const Json& object)
{
    std::vector<std::string> all;
    for (const auto& [key, value] : object.items()) all.push_back(key);
    return all;
}

void check_time(const Json& time)
{
    static const std::regex kForm(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z)");
    REQUIRE(time.is_string());
    CHECK_MESSAGE(std::regex_match(time.get<std::string>(), kForm), time.dump());
}

// One run of each, and the host gone.
struct Stored : World {
    Stored()
    {
        write(
            "[functions.tick]\nfunction = \"tick.so:tick\"\nfrequency = 3600\n"
            "[functions.null]\nfunction = \"tick.so:silent\"\n"
            "[functions.whole]\nfunction = \"nan.so:whole\"\n"
            "[functions.word]\nfunction = \"flaky.so:flaky\"\n"
            "[functions.echo]\nfunction = \"echo.so:echo\"\n"
            "args = [9223372036854775807, 0.1, true, \"snow \\u2603 \\\"\\n\", [], [[1], [\"a\"]]]\n"
            "[functions.map]\nfunction = \"echo.so:kwargs\"\nkwargs = { b = 1, a = 2.0 }\n"
            "[functions.png]\nfunction = \"raw.so:png\"\n"
            "[functions.fails]\nfunction = \"tick.so:fails\"\nretry = { attempts = 2, delay = 0.01 }\n");
        CHECK(once().code == 1);
    }
};

}  // namespace

TEST_CASE("get prints scalars and strings plain, the rest as JSON")
{
    Stored world;
    const std::vector<std::pair<const char*, const char*>> rows = {
        {"tick", "1\n"},
        {"null", "null\n"},
        {"whole", "2.0\n"},
        {"word", "worked\n"},
        {"map", "{\"b\":1,\"a\":2.0}\n"},
        {"png", "{\"base64\":\"iVBORw0KGgo=\"}\n"},
    };
    for (const auto& [name, text] : rows) {
        const Done done = world.run({"get", name});
        CAPTURE(done.err);
        CHECK(done.code == 0);
        CHECK(done.out == text);
        CHECK(done.err == "");
    }
    const Json echo = Json::parse(R"([9223372036854775807, 0.1, true, "snow ☃ \"\n", [], [[1], ["a"]]])");
    CHECK(world.run({"get", "echo"}).json() == echo);
}

TEST_CASE("get --json is one object of the contract's fields")
{
    Stored world;
    const Json reading = world.run({"get", "tick", "--json"}).json();
    CHECK(keys(reading) == std::vector<std::string>{"name", "sequence", "value", "serializer", "size", "due", "started",
                                                    "finished", "state", "age"});
    CHECK(reading["name"] == "tick");
    CHECK(reading["sequence"] == 1);
    CHECK(reading["value"] == 1);
    CHECK(reading["serializer"] == "json");
    CHECK(reading["size"] == 1);
    CHECK(reading["state"] == "fresh");
    CHECK(reading["age"].is_number());
    for (const char* field : {"due", "started", "finished"}) check_time(reading[field]);
    CHECK(reading["started"].get<std::string>() <= reading["finished"].get<std::string>());
    CHECK(world.run({"get", "png", "--json"}).json()["serializer"] == "raw");
}

TEST_CASE("get --raw gives the payload's bytes, --meta says what is known of it")
{
    Stored world;
    CHECK(world.run({"get", "png", "--raw"}).out == "\x89PNG\r\n\x1a\n");
    CHECK(world.run({"get", "word", "--raw"}).out == "\"worked\"");
    const std::string facts = world.run({"get", "png", "--meta"}).out;
    for (const char* part : {"image/png", "8 B", "sequence    1", "raw"}) CHECK(has(facts, part));
}

TEST_CASE("a name without a value is exit code 1, nothing on stdout, and what could have been meant")
{
    Stored world;
    const Done near = world.run({"get", "tikc"});
    CHECK(near.code == 1);
    CHECK(near.out == "");
    CHECK(has(near.err, "\"tick\""));
    const Done failed = world.run({"get", "fails"});
    CHECK(failed.code == 1);
    CHECK(failed.out == "");
    CHECK(has(failed.err, "the well is dry"));
    CHECK(world.run({"history", "tikc"}).code == 1);
    CHECK(world.run({"get", "#info"}).code != 0);
    CHECK(world.run({"get", std::string(600, 'x')}).code == 1);
}

TEST_CASE("nobody is advised to wait for the first value of what does not run")
{
    World world;
    world.write(entry("off", "tick.so:tick", "enabled = false") + entry("fails", "tick.so:fails") +
                entry("later", "tick.so:tick", "on_start = \"never\"\nfrequency = 3600"));
    {
        const auto host = world.start();
        world.wait_for_errors("fails");
        CHECK(world.run({"pause", "later"}).code == 0);
        const Done paused = world.run({"get", "later"});
        CHECK(paused.code == 1);
        CHECK(has(paused.err, "\"later\" has no value yet, and it is paused: `dumbwaiter resume later` goes on"));
        CHECK(world.run({"resume", "later"}).code == 0);
        CHECK(has(world.run({"get", "later"}).err, "`dumbwaiter get later --wait 60` waits for its first"));
        CHECK(host->stop(SIGTERM) == 0);
    }
    const Done off = world.run({"get", "off"});
    CHECK(off.code == 1);
    CHECK(has(off.err, "\"off\" has no value yet, and it is disabled: set enabled = true in the manifest"));
    CHECK_FALSE(has(off.err, "--wait"));
    CHECK_FALSE(has(world.run({"get", "off", "--wait", "0.1"}).err, "waits for"));
}

TEST_CASE("get --max-age prints the value all the same, and exits 4 when it is too old")
{
    Stored world;
    const Done young = world.run({"get", "tick", "--max-age", "3600"});
    CHECK(young.code == 0);
    CHECK(young.err == "");
    const Done old = world.run({"get", "tick", "--max-age", "0"});
    CHECK(old.code == 4);
    CHECK(old.out == "1\n");
    CHECK(has(old.err, "could not be refreshed"));
}

TEST_CASE("get --wait takes what is there, waits for what is not, and gives up with exit code 1")
{
    World world;
    world.write(
        "[functions.slow]\nfunction = \"hangs.so:briefly\"\nargs = [0.5]\non_start = \"always\"\n"
        "[functions.tick]\nfunction = \"tick.so:sequence\"\nfrequency = 0.1\n");
    const auto host = world.start();
    world.wait_for("tick", 1);
    CHECK(world.run({"get", "slow", "--wait", "60"}).out == "0.5\n");
    CHECK(world.run({"get", "slow", "--wait", "0"}).out == "0.5\n");
    const uint64_t last = world.sequence("tick");
    const Done next = world.run({"get", "tick", "--wait", "60", "--after", std::to_string(last + 3)});
    CHECK(next.code == 0);
    CHECK(std::stoull(next.out) > last + 3);
    const Done none = world.run({"get", "slow", "--wait", "0.1", "--after", "1"});
    CHECK(none.code == 1);
    CHECK(none.out == "");
    CHECK(has(none.err, "0.1 s"));
}

TEST_CASE("history --json is the objects of get, newest first; errors have their own; -n bounds both")
{
    Stored world;
    CHECK(world.once().code == 1);
    CHECK(world.once().code == 1);
    const auto rows = world.run({"history", "null", "--json"}).json_lines();
    REQUIRE(rows.size() == 3);
    CHECK(keys(rows[0]) == keys(world.reading("null")));
    CHECK(rows[0]["sequence"] == 3);
    CHECK(rows[2]["sequence"] == 1);
    CHECK(world.run({"history", "null", "-n", "2", "--json"}).json_lines().size() == 2);
    const std::string table = world.run({"history", "null", "-n", "1"}).out;
    CHECK(has(table, "SEQUENCE"));
    CHECK(std::count(table.begin(), table.end(), '\n') == 2);

    const auto reports = world.run({"errors", "fails", "--json"}).json_lines();
    REQUIRE(reports.size() == 9);
    CHECK(keys(reports[0]) ==
          std::vector<std::string>{"name", "sequence", "outcome", "text", "due", "started", "finished"});
    CHECK(reports[0]["sequence"] == 9);
    CHECK(reports[0]["name"] == "fails");
    for (const char* field : {"due", "started", "finished"}) check_time(reports[0][field]);
    CHECK(world.run({"errors", "fails", "-n", "4", "--json"}).json_lines().size() == 4);
    CHECK(world.run({"errors", "--json"}).json_lines().size() >= 9);
    CHECK(has(world.run({"errors", "fails"}).out, "the well is dry"));
}

TEST_CASE("no error reports are no failure and no output")
{
    Stored world;
    for (const char* name : {"tick", "nobody"}) {
        const Done done = world.run({"errors", name});
        CHECK(done.code == 0);
        CHECK(done.out == "");
        CHECK(done.err == "");
    }
}

TEST_CASE("list --json has a line for every function, also for one that never had a value")
{
    Stored world;
    const auto rows = world.run({"list", "--json"}).json_lines();
    REQUIRE(rows.size() == 8);
    for (const Json& row : rows) {
        CAPTURE(row.dump());
        for (const char* field : {"name", "sequence", "age", "state", "paused", "quarantined", "last_error", "next_due",
                                  "function", "frequency"}) {
            CHECK(row.contains(field));
        }
        CHECK(row["paused"] == false);
        CHECK(row["quarantined"] == false);
        CHECK(row["next_due"].is_null());  // nobody is there to keep it
    }
    const auto row = [&](const char* name) {
        for (const Json& each : rows) {
            if (each["name"] == name) return each;
        }
        FAIL("no line for " << name);
        return Json();
    };
    CHECK(row("tick")["state"] == "fresh");
    CHECK(row("tick")["sequence"] == 1);
    CHECK(row("tick")["last_error"].is_null());
    CHECK(row("tick")["function"] == "tick.so:tick");
    CHECK(row("tick")["frequency"] == 3600);
    CHECK(row("fails")["state"] == "none");
    CHECK(row("fails")["sequence"].is_null());
    CHECK(row("fails")["age"].is_null());
    CHECK(row("fails")["last_error"]["sequence"] == 3);
    CHECK(row("fails")["last_error"]["text"] == "the well is dry");
    check_time(row("fails")["last_error"]["finished"]);
    const std::string table = world.run({"list"}).out;
    CHECK(has(table, "the well is dry"));
    CHECK_FALSE(has(table, "\x1b"));
}

TEST_CASE("status names the host that runs, and exits 3 without one, also after it was killed")
{
    World world;
    world.write("[functions.tick]\nfunction = \"tick.so:tick\"\nfrequency = 3600\n");
    CHECK(world.run({"status"}).code == 3);
    auto host = world.start();
    world.wait_for("tick", 1);
    const Json status = world.status();
    CHECK(status["pid"] == host->pid());
    CHECK(status["functions"] == 1);
    for (const char* field : {"uptime", "invocations", "values", "errors", "skipped", "lateness", "readers", "rss"}) {
        CAPTURE(field);
        CHECK(status.contains(field));
    }
    CHECK(has(world.run({"status"}).out, std::to_string(host->pid())));
    const auto rows = world.run({"list", "--json"}).json_lines();
    REQUIRE(rows.size() == 1);
    check_time(rows[0]["next_due"]);

    host->stop(SIGKILL);
    const Done gone = world.run({"status", "--json"});
    CHECK(gone.code == 3);
    CHECK(gone.out == "");
    CHECK(world.run({"list", "--json"}).json_lines()[0]["next_due"].is_null());
    host = world.start();
    until([&] { return world.run({"status"}).code == 0; }, "the next host is not seen");
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.run({"status"}).code == 3);
}

TEST_CASE("inspect lists functions and faults without the host's process running their code")
{
    World world;
    const auto inspect = [&](const char* library) { return world.run({"inspect", test_plugin(library).string()}); };
    const Done tick = inspect("tick.so");
    CHECK(tick.code == 0);
    CHECK(has(tick.out, "Counts its own invocations"));
    CHECK(has(inspect("serial.so").out, "serial in its library"));
    // As often as [autoload] would run them; the last one suggests a nanosecond.
    const Done drop_in = inspect("drop_in_1.so");
    for (const char* often : {"every 50.0 ms;", "every 10.0 ms;"}) CHECK(has(drop_in.out, often));

    const Done loud = inspect("aborting_constructor.so");
    CHECK(loud.code == 2);
    CHECK(has(loud.out, "whisper"));
    CHECK(has(loud.err, "SIGABRT"));

    const Done future = inspect("future.so");
    CHECK(future.code == 2);
    CHECK(has(future.out, "future"));
    CHECK(has(future.out, "999"));

    const Done bare = inspect("no_info.so");
    CHECK(bare.code == 2);
    CHECK(has(bare.err, "no function"));

    const Done none = world.run({"inspect", "libnone.so"});
    CHECK(none.code == 2);
    CHECK(has(none.err, "libnone.so"));

    world.write("");
    CHECK(world.run({"inspect", "tick.so"}).code == 0);  // by the manifest's plugin_path
}

TEST_CASE("NO_COLOR, --no-color and a pipe leave no escapes in the output")
{
    Stored world;
    for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--no-color"}}) {
        for (const char* command : {"list", "errors"}) {
            std::vector<std::string> arguments = {command};
            arguments.insert(arguments.end(), more.begin(), more.end());
            CHECK_FALSE(has(world.run(arguments).out, "\x1b"));
        }
    }
}
