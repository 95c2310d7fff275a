// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <signal.h>

#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("failures become bounded error reports, and the last good value stays")
{
    World world;
    world.write(entry("flaky", "flaky.so:flaky", "frequency = 0.1\nmax_saved = 3"));
    const auto host = world.start();
    until(
        [&] {
            const auto reports = world.errors("flaky");
            return !reports.empty() && reports.front()["sequence"] >= 6;
        },
        "six reports did not come");
    const auto reports = world.errors("flaky");
    CHECK(reports.size() == 3);
    for (size_t i = 1; i < reports.size(); ++i)
        CHECK(reports[i]["sequence"] == reports[i - 1]["sequence"].get<int>() - 1);
    CHECK(reports.front()["text"] == "it worked only once");
    CHECK(reports.front()["outcome"] == "failed");
    CHECK(world.reading("flaky")["value"] == "worked");
    CHECK(world.sequence("flaky") == 1);
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("every kind of failure is one report that names its cause")
{
    struct Row {
        const char* function;
        const char* outcome;
        const char* text;
        const char* more = "";
    };
    const std::vector<Row> rows = {
        {"tick.so:fails", "failed", "the well is dry"},
        {"tick.so:silently_fails", "failed", "DW_ERROR"},
        {"throws.so:std_exception", "threw", "thrown on purpose"},
        {"throws.so:number", "threw", "int"},
        {"throws.so:after_put", "threw", "thrown after the put"},
        {"throws.so:create", "threw", "thrown while the state was made"},
        {"too_large.so:string", "too large", "larger than"},
        {"too_large.so:numbers", "too large", "larger than"},
        {"misuse.so:unclosed", "malformed", "close"},
        {"misuse.so:closed_twice", "malformed", "close"},
        {"misuse.so:duplicate_key", "malformed", "\"a\""},
        {"misuse.so:key_without_map", "malformed", "key"},
        {"misuse.so:value_without_key", "malformed", "key"},
        {"misuse.so:key_without_value", "malformed", "key"},
        {"misuse.so:two_values", "malformed", "value"},
        {"misuse.so:bad_utf8", "malformed", "UTF-8"},
        {"misuse.so:too_deep", "", "128"},
        {"nan.so:nan", "malformed", "msgpack"},
        {"nan.so:infinity", "malformed", "cbor"},
        {"nan.so:bytes", "malformed", "msgpack"},
        {"unlisted.so:seventy_seven", "failed", "77"},
        {"unchanged.so:at_once", "failed", ""},
        {"echo.so:half", "failed", "n", "kwargs = { n = \"seven\" }"},
        {"chain.so:copies", "failed", "", "args = [\"nobody\"]"},
        {"hangs.so:politely", "timed out", "timed out after", "timeout = 0.1"},
        {"hangs.so:finishes", "timed out", "timed out after", "timeout = 0.1"},
        {"hangs.so:spins", "timed out", "timed out after", "timeout = 0.1"},
        {"disable.so:disable", "", "there is no such device"},
    };
    World world;
    std::string functions;
    for (size_t i = 0; i < rows.size(); ++i)
        functions += entry("f" + std::to_string(i), rows[i].function, rows[i].more);
    world.write(functions);
    CHECK(world.once().code == 1);
    for (size_t i = 0; i < rows.size(); ++i) {
        const Row& row = rows[i];
        const std::string name = "f" + std::to_string(i);
        CAPTURE(row.function);
        const auto reports = world.errors(name);
        REQUIRE(reports.size() == 1);
        const Json& report = reports.front();
        CAPTURE(report.dump());
        CHECK(report["sequence"] == 1);
        if (*row.outcome) CHECK(report["outcome"] == row.outcome);
        CHECK(has(report["text"].get<std::string>(), row.text));
        CHECK(world.sequence(name) == 0);
    }
}

TEST_CASE("what json cannot hold, msgpack and cbor can")
{
    World world;
    std::string functions;
    for (const char* serializer : {"msgpack", "cbor"}) {
        const std::string more = std::string("serializer = \"") + serializer + "\"";
        functions += entry(std::string("nan-") + serializer, "nan.so:nan", more);
        functions += entry(std::string("bytes-") + serializer, "nan.so:bytes", more);
    }
    world.write(functions);
    CHECK(world.once().code == 0);
    for (const char* serializer : {"msgpack", "cbor"}) {
        CHECK(world.reading(std::string("nan-") + serializer)["value"]["f64"] == "nan");
        CHECK(world.run({"get", std::string("nan-") + serializer}).out == "nan\n");
        CHECK(world.reading(std::string("bytes-") + serializer)["value"]["base64"] == "AP8=");
        CHECK(world.reading(std::string("bytes-") + serializer)["serializer"] == serializer);
    }
}

TEST_CASE("one bad function costs the others nothing")
{
    World world;
    world.write(entry("tick", "tick.so:tick", "frequency = 0.1") +
                entry("throws", "throws.so:number", "frequency = 0.1") + entry("hangs", "hangs.so:forever") +
                entry("large", "too_large.so:string", "frequency = 0.2"));
    const auto host = world.start();
    world.wait_for("tick", 15);
    const auto rows = world.history("tick");
    CHECK(rows.size() == 10);
    for (const Json& row : rows) CHECK(row["value"] == row["sequence"]);
    CHECK(world.errors("tick").empty());
    CHECK_FALSE(world.errors("throws").empty());
    CHECK_FALSE(world.errors("large").empty());
}

TEST_CASE("failed attempts are tried again as `retry` says, RETRY at least once, each with its report")
{
    World world;
    const std::string hour = "frequency = 3600\non_start = \"always\"\n";
    world.write(entry("none", "tick.so:fails", hour) +
                entry("twice", "retry.so:error", hour + "args = [2]\nretry = { attempts = 2, delay = 0.05 }") +
                entry("asked", "retry.so:retry", hour + "args = [1]\nretry = { attempts = 0, delay = 0.05 }"));
    const auto host = world.start();
    world.wait_for("twice", 1);
    world.wait_for("asked", 1);
    CHECK(world.reading("twice")["value"] == 3);
    CHECK(world.errors("twice").size() == 2);
    CHECK(world.reading("asked")["value"] == 2);
    CHECK(world.errors("asked").size() == 1);
    CHECK(world.errors("none").size() == 1);
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.errors("none").size() == 1);
}

TEST_CASE("DISABLE leaves one report and turns the function off until the host starts again")
{
    World world;
    world.write(entry("off", "disable.so:disable", "frequency = 0.05\n") +
                entry("tick", "tick.so:tick", "frequency = 0.05"));
    for (const size_t reports : {1, 2}) {
        const auto host = world.start();
        world.wait_for_errors("off", reports);
        world.wait_for("tick", world.sequence("tick") + 10);
        CHECK(world.errors("off").size() == reports);
        CHECK(host->stop(SIGTERM) == 0);
    }
}

TEST_CASE("UNCHANGED makes the value fresh again, and history does not grow")
{
    World world;
    world.write(entry("same", "unchanged.so:unchanged", "frequency = 0.1"));
    const auto host = world.start();
    world.wait_for("same", 1);
    const Json first = world.reading("same");
    until([&] { return world.reading("same")["finished"].get<std::string>() > first["finished"].get<std::string>(); },
          "finished does not move");
    CHECK(world.sequence("same") == 1);
    CHECK(world.history("same").size() == 1);
    CHECK(world.reading("same")["value"] == 42);
    CHECK(world.errors("same").empty());
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("a function reads another's value, and its own previous one")
{
    World world;
    world.write(entry("seed", "chain.so:seed", "frequency = 0.1") +
                entry("double", "chain.so:doubles", "frequency = 0.1\nargs = [\"seed\"]\nmax_saved = 5") +
                entry("next", "chain.so:successor", "frequency = 0.05\nmax_saved = 50"));
    const auto host = world.start();
    world.wait_for("double", 1);
    CHECK(world.reading("double")["value"] == 42);
    world.wait_for("next", 20);
    CHECK(host->stop(SIGTERM) == 0);
    // Also what was not committed yet counts: each value is one more than the one before.
    for (const Json& row : world.history("next")) CHECK(row["value"] == row["sequence"]);
}

TEST_CASE("a state is made before the first use, failing once is one report, and it lives on between invocations")
{
    World world;
    world.write(entry("counter", "state.so:counter", "frequency = 0.1\nkwargs = { from = 100 }") +
                entry("late", "state.so:late", "frequency = 0.1"));
    const auto host = world.start();
    world.wait_for("counter", 3);
    world.wait_for("late", 2);
    CHECK(host->stop(SIGTERM) == 0);
    for (const Json& row : world.history("counter")) CHECK(row["value"] == 100 + row["sequence"].get<int>());
    const auto reports = world.errors("late");
    REQUIRE(reports.size() == 1);
    CHECK(has(reports.front()["text"].get<std::string>(), "the state cannot be made yet"));
}

TEST_CASE("what comes after the deadline is discarded, and the next due time comes as planned")
{
    World world;
    world.write(entry("late", "hangs.so:briefly", "args = [0.3]\ntimeout = 0.1\nfrequency = 0.2\nmax_saved = 3") +
                entry("in-time", "hangs.so:briefly", "args = [0.01]\ntimeout = 30\nfrequency = 0.2"));
    const auto host = world.start();
    world.wait_for_errors("late", 3);
    CHECK(world.errors("late").size() == 3);
    world.wait_for("in-time", 2);
    CHECK(world.sequence("late") == 0);
    CHECK(world.errors("late").front()["outcome"] == "timed out");
    CHECK(host->stop(SIGTERM) == 0);
}
