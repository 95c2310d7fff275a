// SPDX-License-Identifier: BSD-3-Clause
//
// TOML values as arguments: every type, the order of keys, the edges of time.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "parsed_manifest.hpp"

using namespace dumbwaiter;

namespace {

// The one argument that this TOML value becomes; `document` keeps its text alive.
Node argument(const std::string& toml, Document& document)
{
    CAPTURE(toml);
    document = parsed("[functions.a]\nfunction = \"c.so:f\"\nargs = [" + toml + "]\n").functions.at(0)->args;
    REQUIRE(document.nodes.size() >= 2);
    CHECK(document.nodes[0].type == Type::kArray);
    CHECK(document.nodes[0].size == 1);
    CHECK(document.nodes[0].end == document.nodes.size());
    return document.nodes[1];
}

int64_t time_of(const std::string& toml)
{
    Document document;
    const Node node = argument(toml, document);
    CHECK(node.type == Type::kTime);
    return node.i64;
}

}  // namespace

TEST_CASE("booleans, integers and strings keep their values")
{
    Document document;
    Node node = argument("true", document);
    CHECK(node.type == Type::kBool);
    CHECK(node.i64 == 1);
    CHECK(argument("false", document).i64 == 0);
    node = argument("-9223372036854775808", document);
    CHECK(node.type == Type::kI64);
    CHECK(node.i64 == std::numeric_limits<int64_t>::min());
    CHECK(argument("0o17", document).i64 == 15);
    node = argument("\"a\\u0000\\u00e9\"", document);
    CHECK(node.type == Type::kStr);
    CHECK(document.text_of(node) == std::string_view("a\0\xc3\xa9", 4));
}

TEST_CASE("floats keep every bit, NaN and infinity included")
{
    Document document;
    Node node = argument("0.1", document);
    CHECK(node.type == Type::kF64);
    CHECK(node.f64 == 0.1);
    CHECK(argument("1.0", document).type == Type::kF64);
    CHECK(argument("-inf", document).f64 == -std::numeric_limits<double>::infinity());
    CHECK(std::isnan(argument("nan", document).f64));
    CHECK(std::signbit(argument("-0.0", document).f64));
}

TEST_CASE("a date-time is a time in UTC, one without offset counts as UTC")
{
    CHECK(time_of("1970-01-01T00:00:00Z") == 0);
    CHECK(time_of("1970-01-01T01:00:00+01:00") == 0);
    CHECK(time_of("1970-01-01T00:00:00-00:30") == int64_t{1800} * 1'000'000'000);
    CHECK(time_of("1970-01-02") == int64_t{86400} * 1'000'000'000);
    CHECK(time_of("1970-01-01T00:00:01.5") == 1'500'000'000);
    CHECK(time_of("1969-12-31T23:59:59.999999999Z") == -1);
    CHECK(time_of("1970-01-01 00:00:00.000000001Z") == 1);
    CHECK(time_of("2026-11-23T06:00:00.123456789Z") == 1'795'413'600'123'456'789);
}

TEST_CASE("times reach to the edges of 64-bit nanoseconds")
{
    CHECK(time_of("2262-04-11T23:47:16.854775807Z") == std::numeric_limits<int64_t>::max());
    CHECK(time_of("1677-09-21T00:12:43.145224192Z") == std::numeric_limits<int64_t>::min());
    for (const std::string toml : {"2262-04-11T23:47:16.854775808Z", "1677-09-21T00:12:43.145224191Z", "0001-01-01"}) {
        const ManifestReading reading =
            parse_manifest("[functions.a]\nfunction = \"c.so:f\"\nargs = [" + toml + "]\n", "m", "/");
        CAPTURE(toml);
        REQUIRE(reading.problems.size() == 1);
        CHECK(reading.problems[0].message.find("between the years") != std::string::npos);
    }
}

TEST_CASE("arrays and tables nest, mixed types included")
{
    Document document;
    argument("[1, [\"x\", {}], { a = [], b = { c = 2.5 } }]", document);
    CHECK(to_json(document) == "[[1,[\"x\",{}],{\"a\":[],\"b\":{\"c\":2.5}}]]");
}

TEST_CASE("keys keep the order of the text")
{
    const Manifest manifest = parsed(
        "[functions.a]\nfunction = \"c.so:f\"\nkwargs.zebra = 1\nkwargs.apple = { z = 1, b = 2, a = 3 }\n"
        "kwargs.mango = 3\n");
    CHECK(to_json(manifest.functions[0]->kwargs) == "{\"zebra\":1,\"apple\":{\"z\":1,\"b\":2,\"a\":3},\"mango\":3}");
}

TEST_CASE("arguments may nest to the depth that values may")
{
    Document document;
    const std::string inner = std::string(kMaxDepth - 1, '[') + std::string(kMaxDepth - 1, ']');
    argument(inner, document);
    CHECK(document.nodes.size() == kMaxDepth);
}

TEST_CASE("environment variables and dollar signs in values are left alone")
{
    Document document;
    const Node node = argument("\"$HOME\"", document);
    CHECK(document.text_of(node) == "$HOME");
}
