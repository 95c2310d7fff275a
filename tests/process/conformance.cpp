// SPDX-License-Identifier: BSD-3-Clause
//
// One table for all languages: the manifest's entry of each function and what it leaves.
#include "conformance.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "world.hpp"

namespace dumbwaiter::test {
namespace {

using namespace std::string_literals;

struct Good {
    const char* name;
    const char* symbol;
    const char* entry;    // more lines of the manifest
    std::string payload;  // the stored bytes
};

// CBOR, byte by byte.
// clang-format off
const std::string kTypes =
    "\xaa"
    "\x64null" "\xf6"
    "\x64" "bool" "\xf5"
    "\x63i64" "\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"
    "\x63u64" "\x1b\xff\xff\xff\xff\xff\xff\xff\xff"
    "\x63" "f64" "\xfb\x3f\xb9\x99\x99\x99\x99\x99\x9a"
    "\x63str" "\x68snow \xe2\x98\x83"
    "\x65" "bytes" "\x43\x00\xff\x80"
    "\x64time" "\xc0\x78\x1e" "2023-11-14T22:13:20.123456789Z"
    "\x65" "array" "\x80"
    "\x63map" "\xa0"s;
// clang-format on

const std::vector<Good> kGood = {
    {"scalars", "echo", "args = [true, false, -9223372036854775808, 9223372036854775807, 0.1, -0.0, 1e300, \"\"]",
     "[[true,false,-9223372036854775808,9223372036854775807,0.1,-0.0,1e+300,\"\"],{}]"},
    {"text", "echo", "args = [\"snow \\u2603 \\\"\\n\\u0000.\"]", "[[\"snow ☃ \\\"\\n\\u0000.\"],{}]"},
    {"nested", "echo", "args = [[], {}, [[1], { a = [2.5] }]]\nkwargs = { z = 1, a = { y = [], b = \"c\" } }",
     "[[[],{},[[1],{\"a\":[2.5]}]],{\"z\":1,\"a\":{\"y\":[],\"b\":\"c\"}}]"},
    {"time", "echo", "args = [2023-11-14T22:13:20.123456789Z]", "[[\"2023-11-14T22:13:20.123456789Z\"],{}]"},
    {"nothing", "echo", "", "[[],{}]"},
    {"packed", "echo", "args = [-1, 0.1, \"a\"]\nserializer = \"msgpack\"",
     "\x92\x93\xff\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a\xa1"
     "a\x80"s},
    {"whole", "whole", "args = [[1, { a = 2 }], \"b\"]", "[[1,{\"a\":2}],\"b\"]"},
    {"raw", "raw", "", "\x01\0\x02"s},
    {"wants", "wants", "kwargs = { n = -7 }", "-7"},
    {"steady", "steady", "", "42"},
    {"counter", "counter", "kwargs = { from = 10, until = 13 }\nretry = { attempts = 2, delay = 0.01 }", "13"},
    {"context", "context", "timeout = 30",
     "{\"name\":\"context\",\"sequence\":2,\"has a deadline\":true,\"is cancelled\":false,"
     "\"has a descriptor\":true,\"has a state\":false,\"has an extension\":false}"},
    {"free", "context", "",
     "{\"name\":\"free\",\"sequence\":2,\"has a deadline\":false,\"is cancelled\":false,"
     "\"has a descriptor\":true,\"has a state\":false,\"has an extension\":false}"},
};

struct Bad {
    const char* name;
    const char* symbol;
    const char* entry;
    const char* outcome;
    const char* text;  // stands in the report
};

const std::vector<Bad> kBad = {
    {"fails", "ends", "args = [\"the well is dry\", -1]", "failed", "the well is dry"},
    {"gives-up", "ends", "args = [\"no such device\", -4]", "failed", "no such device"},
    {"odd-code", "ends", "args = [\"seventy-seven\", 77]", "failed", "seventy-seven"},
    {"missing", "wants", "", "failed", "n"},
    {"mismatch", "wants", "kwargs = { n = \"seven\" }", "failed", "kwargs.n"},
    {"no-state", "counter", "kwargs = { until = 3 }", "refused", "from"},
    {"one-try", "counter", "kwargs = { from = 0, until = 3 }\nretry = { delay = 0.01 }", "failed", "not yet"},
    {"asleep", "waits", "args = [\"asleep\"]\ntimeout = 0.1", "timed out", "timed out after"},
    {"descriptor", "waits", "args = [\"descriptor\"]\ntimeout = 0.1", "timed out", "timed out after"},
    {"awake", "waits", "args = [\"awake\"]\ntimeout = 0.1", "timed out", "timed out after"},
};

std::string manifest_of(const std::filesystem::path& library)
{
    std::string text;
    const auto add = [&](const char* name, const char* symbol, const char* more) {
        text += entry(name, library.string() + ":" + symbol, more);
    };
    for (const Good& row : kGood) add(row.name, row.symbol, row.entry);
    for (const Bad& row : kBad) add(row.name, row.symbol, row.entry);
    add("types", "types", "serializer = \"cbor\"");
    add("relay", "relay", "args = [\"types\"]\nserializer = \"cbor\"");
    return text;
}

std::string payload(World& world, const std::string& name)
{
    const Done done = world.run({"get", name, "--raw"});
    CHECK_MESSAGE(done.code == 0, done.err);
    return done.out;
}

void check_values(World& world)
{
    for (const Good& row : kGood) {
        CAPTURE(row.name);
        CHECK(payload(world, row.name) == row.payload);
    }
    CHECK(has(world.run({"get", "raw", "--meta"}).out, "application/x-conformance"));
    CHECK(payload(world, "types") == kTypes);
    CHECK_MESSAGE(payload(world, "relay") == kTypes, "what is read of another function is the same to the byte");
}

void check_reports(World& world)
{
    for (const Bad& row : kBad) {
        CAPTURE(row.name);
        const std::vector<Json> reports = world.errors(row.name);
        REQUIRE(!reports.empty());
        CAPTURE(reports.front().dump());
        CHECK(reports.front()["outcome"] == row.outcome);
        CHECK(has(reports.front()["text"].get<std::string>(), row.text));
        CHECK(world.sequence(row.name) == 0);
    }
}

}  // namespace

void check_conformance(const std::filesystem::path& library)
{
    World world;
    world.write(manifest_of(library));
    CHECK(world.once().code == 1);
    const Json before = world.reading("steady");
    // In the second run every function finds the values of the first.
    const Done second = world.once();
    CHECK(second.code == 1);
    CHECK_MESSAGE(has(second.err, "the well is dry"), "its log");
    check_values(world);
    check_reports(world);
    const Json after = world.reading("steady");
    CHECK(after["sequence"] == 1);
    CHECK(after["finished"].get<std::string>() > before["finished"].get<std::string>());
    CHECK(world.sequence("counter") == 2);
    CHECK(world.errors("counter").size() == 4);  // two tries more in each run
}

}  // namespace dumbwaiter::test
