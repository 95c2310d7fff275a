// SPDX-License-Identifier: BSD-3-Clause
//
// libfile.so: tail, glob_count, json, toml, and that nothing is returned twice.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "invocation.hpp"
#include "temp_file.hpp"

using namespace dumbwaiter;
using nlohmann::json;

namespace {

Left run_file(const char* symbol, std::string_view text, const std::string& kwargs = "{}")
{
    const TempFile file(text);
    return run(shipped("libfile"), symbol, file.args(), kwargs);
}

}  // namespace

TEST_CASE("the last lines are an array without their ends")
{
    struct Row {
        std::string text, kwargs, value;
    };
    const Row rows[] = {
        {"", "{}", "[]"},
        {"one", "{}", R"(["one"])"},
        {"one\ntwo\n", "{}", R"(["one","two"])"},
        {"one\r\ntwo\r\n", R"({"lines": 1})", R"(["two"])"},
        {"one\n\n", R"({"lines": 1})", R"([""])"},
        {"a\nb\nc", R"({"lines": 2})", R"(["b","c"])"},
        {"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", "{}", R"(["2","3","4","5","6","7","8","9","10","11"])"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const Left left = run_file("tail", row.text, row.kwargs);
        CHECK(left.text == "");
        CHECK(left.value == row.value);
    }
}

TEST_CASE("the last lines of a long file are found over the edges of pieces")
{
    std::string text = "first\n";
    for (int i = 0; i < 3; ++i) text += std::string(90'000, static_cast<char>('a' + i)) + "\n";
    const json lines = value_of(run_file("tail", text, R"({"lines": 3})"));
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] == std::string(90'000, 'a'));
    CHECK(lines[2] == std::string(90'000, 'c'));
}

TEST_CASE("a letter that is cut by the start of the lines' piece is whole in them")
{
    const std::string text = std::string(65'535, 'x') + "\xc3\xa9\n" + std::string(65'535, 'y') + "\n";
    CHECK(value_of(run_file("tail", text, R"({"lines": 1})"))[0] == std::string(65'535, 'y'));
}

TEST_CASE("what tail cannot do is said")
{
    CHECK(run_file("tail", "caf\xe9").text.find("is not UTF-8") != std::string::npos);
    CHECK(run_file("tail", "x", R"({"lines": 0})").text.find("at least 1") != std::string::npos);
    CHECK(run_file("tail", "x", R"({"lines": "all"})").text.find("kwargs.lines is") != std::string::npos);
    CHECK(run_file("tail", std::string(17 << 20, 'x')).text.find("more than 16 MiB") != std::string::npos);
}

TEST_CASE("files are counted by a pattern")
{
    const TempFile file("x");
    const std::filesystem::path folder = file.path().parent_path();
    for (const char* name : {"a.job", "b.job", "c.txt", ".hidden.job"}) std::ofstream(folder / name) << name;
    const auto count = [&](const char* pattern) {
        return value_of(run(shipped("libfile"), "glob_count", json::array({(folder / pattern).string()}).dump()));
    };
    CHECK(count("*.job") == 2);
    CHECK(count("*.{job,txt}") == 3);
    CHECK(count("[ab].job") == 2);
    CHECK(count("*.nothing") == 0);
    CHECK(count("no/such/folder/*") == 0);

    Entry entry(shipped("libfile"), "glob_count", json::array({(folder / "*.job").string()}).dump());
    CHECK(entry.run().value == "2");
    CHECK(entry.run().code == DW_UNCHANGED);
    std::filesystem::remove(folder / "a.job");
    CHECK(entry.run().value == "1");
}

TEST_CASE("JSON is parsed into a value that keeps its order and its numbers")
{
    const char* text =
        R"({"z": [1, -2, 18446744073709551615, 0.5, 1e3], "a": {"t": true, "n": null, "s": "Gr\u00fc\u00dfe"}})";
    CHECK(run_file("json", text).value ==
          R"({"z":[1,-2,18446744073709551615,0.5,1000.0],"a":{"t":true,"n":null,"s":"Grüße"}})");
    CHECK(run_file("json", " 7 ").value == "7");
}

TEST_CASE("what is no JSON is refused with its place")
{
    struct Row {
        std::string text, word;
    };
    const Row rows[] = {
        {"", "is no JSON: parse error at line 1, column 1"},
        {"{\"a\": 1,\n \"b\" 2}", "is no JSON: parse error at line 2, column 6"},
        {"[1] [2]", "is no JSON"},
        {"[1,]", "is no JSON"},
        {"{\"a\": 1, \"a\": 2}", "\"a\""},
        {std::string(200, '[') + std::string(200, ']'), "128"},
        {"[\"caf\xe9\"]", "is not UTF-8 (byte 0xe9 at offset 5)"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const Left left = run_file("json", row.text);
        CAPTURE(left.text);
        CHECK(left.code != DW_OK);
        CHECK(left.text.find(row.word) != std::string::npos);
    }
}

TEST_CASE("TOML is parsed into a value, its times too")
{
    const char* text =
        "b = 1\na = [0.5, true, 'x']\nday = 2026-01-31\nat = 1979-05-27T00:32:00.5-07:00\n"
        "local = 1969-12-31T23:59:59\nleap = 2024-02-29T00:00:00Z\n"
        "noon = 12:00:00\n[t]\nk = {i = 7}\n";
    CHECK(value_of(run_file("toml", text)) == json::parse(R"({"b": 1, "a": [0.5, true, "x"], "noon": "12:00:00",
        "day": "2026-01-31T00:00:00.000000000Z", "at": "1979-05-27T07:32:00.500000000Z",
        "local": "1969-12-31T23:59:59.000000000Z", "leap": "2024-02-29T00:00:00.000000000Z", "t": {"k": {"i": 7}}})"));
}

TEST_CASE("what is no TOML is refused with its place")
{
    CHECK(run_file("toml", "a = 1\nb = \n").text.find("is no TOML: line 2, column") != std::string::npos);
    CHECK(run_file("toml", "a = 1\na = 2\n").text.find("is no TOML: line 2") != std::string::npos);
    CHECK(run_file("toml", "a = 0001-01-01\n").text.find("between the years 1678 and 2262") != std::string::npos);
    std::string deep = "a";
    for (int i = 0; i < 100'000; ++i) deep += ".a";
    CHECK(run_file("toml", deep + " = 1").text.find("is no TOML: a key of more than") != std::string::npos);
}

TEST_CASE("every function of a file answers that it did not change")
{
    for (const char* symbol : {"tail", "json", "toml", "stat"}) {
        CAPTURE(symbol);
        TempFile file(std::string_view(symbol) == "json" ? "[]" : "a = 1");
        Entry entry(shipped("libfile"), symbol, file.args());
        CHECK(entry.run().code == DW_OK);
        CHECK(entry.run().code == DW_UNCHANGED);
        file.write(std::string_view(symbol) == "json" ? "[1]" : "a = 12");
        CHECK(entry.run().code == DW_OK);
    }
}
