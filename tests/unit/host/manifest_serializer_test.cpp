// SPDX-License-Identifier: BSD-3-Clause
//
// serializer and serializer_options: plugins, inheritance, and what is refused where.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "manifest.hpp"

using namespace dumbwaiter;

namespace {

ManifestReading parsed(const std::string& text)
{
    return parse_manifest(text, "dumbwaiter.toml", "/etc/dw");
}

const FunctionSpec& function(const ManifestReading& reading, const std::string& name)
{
    for (const FunctionSpec& spec : reading.manifest.functions) {
        if (spec.name == name) return spec;
    }
    FAIL("no function " << name);
    return reading.manifest.functions[0];
}

}  // namespace

TEST_CASE("functions take the manifest's serializer with its options, options of their own, or another serializer")
{
    const auto reading = parsed(R"([dumbwaiter]
serializer_options = { level = 9, around = "cbor" }
serializer = "libcompress.so:zstd"
[functions]
a = "x.so:f"
[functions.b]
function = "x.so:f"
serializer_options = { level = 1 }
[functions.c]
function = "x.so:f"
serializer = "plugs/libmine.so:hex"
[functions.d]
function = "x.so:f"
serializer = "msgpack"
serializer_options = {}
)");
    REQUIRE_MESSAGE(reading.problems.empty(), format_problems("m", reading.problems));
    const SerializerEntry& a = function(reading, "a")->serializer_plugin;
    CHECK(a.library == "libcompress.so");
    CHECK(a.symbol == "zstd");
    CHECK(a.at.line == 3);
    CHECK(to_json(a.options) == R"({"around":"cbor","level":9})");
    CHECK(to_json(function(reading, "b")->serializer_plugin.options) == R"({"level":1})");
    const SerializerEntry& c = function(reading, "c")->serializer_plugin;
    CHECK(c.library == "/etc/dw/plugs/libmine.so");
    CHECK(c.at.line == 11);
    CHECK(to_json(c.options) == "{}");
    CHECK_FALSE(function(reading, "d")->serializer_plugin.is_plugin());
    CHECK(function(reading, "d").serializer == Serializer::kMsgpack);
    const auto folders = serializer_folders(reading.manifest);
    CHECK(folders == std::vector<std::filesystem::path>{"/etc/dw/plugins", "/etc/dw/plugs"});
}

TEST_CASE("what is wrong with a serializer stands at its own line")
{
    struct Row {
        std::string lines;
        uint32_t line;
        std::string fragment;
    };
    const std::vector<Row> rows = {
        {"serializer = \"libx.so\"", 3,
         "\"libx.so\" names no serializer of the library: write \"LIBRARY.so:SERIALIZER\""},
        {"serializer = \"libx.so:\"", 3, "and its name after the colon"},
        {"serializer = \":zstd\"", 3, "names no library"},
        {"serializer = \"libx.so:a-b\"", 3, "is no C identifier"},
        {"serializer = \"libx.so:zstd__dw1_serializer\"", 3, "write \"zstd\" without \"__dw1_serializer\""},
        {"serializer = \"jsno\"", 3, "did you mean \"json\"?"},
        {"serializer_options = { level = 3 }", 3, "the serializer json takes no options"},
        {"serializer = \"cbor\"\nserializer_options = { level = 3 }", 4, "the serializer cbor takes no options"},
        {"serializer = \"libx.so:a\"\nserializer_options = 3", 4, "a table"},
        {"serializer = \"libx.so:a\"\nserializer_options = { t = 2026-01-01 }", 4, "serializer_options.t is a time"},
        {"serializer = \"libx.so:a\"\nserializer_options = { x = [nan] }", 4, "serializer_options.x[0] is"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.lines);
        const auto reading = parsed("[functions.a]\nfunction = \"x.so:f\"\n" + row.lines + "\n");
        REQUIRE(reading.problems.size() == 1);
        CHECK(reading.problems[0].at.line == row.line);
        CHECK_MESSAGE(reading.problems[0].message.find(row.fragment) != std::string::npos, reading.problems[0].message);
    }
}
