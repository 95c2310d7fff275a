// SPDX-License-Identifier: BSD-3-Clause
//
// Manifests that must be refused: each with the place of its first problem and a part of what is said there.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "parsed_manifest.hpp"

using namespace dumbwaiter;

namespace {

const std::string kEntry = "\n[functions]\nnow = \"clock.so:now\"\n";

}  // namespace

TEST_CASE("a syntax error is one sentence at its place")
{
    check_all({{"[functions\n", 1, 11, "in this table header: expected ']'"},
               {"x = \n", 1, 5, "expected value"},
               {"x = 12abc\n", 1, 7, "expected digit"},
               {"[functions]\na = 'x\n", 2, 7, "control characters"},
               {"a = \"x\\q\"\n", 1, 8, "in this string: unknown escape sequence '\\q'"},
               {"x = 99999999999999999999\n", 1, 25, "64 bits"},
               {"x = 2026-13-01\n", 1, 12, "month"},
               {"x = [1, 2\n", 1, 11, "end-of-file"},
               {"= 1\n", 1, 1, "saw '='"},
               {"[functions.]\n", 1, 12, "saw ']'"},
               {"x = 1 y = 2\n", 1, 7, "saw 'y'"}},
              "", "");
}

TEST_CASE("a name that stands twice is said to be there already")
{
    check_all({{"[functions.a]\nfunction = \"c.so:f\"\n[functions.a]\n", 3, 1, "\"functions.a\" is there already"},
               {"[functions]\na = \"c.so:f\"\na = \"c.so:g\"\n", 3, 5, "\"a\" is there already: write each name once"},
               {"[functions]\na = \"c.so:f\"\n[functions.a]\n", 3, 1, "there already"}},
              "", "");
}

TEST_CASE("a text that is not UTF-8 is refused where it stops being so")
{
    check_all({{"[functions]\na = \"\xff\"\n", 2, 5, "not UTF-8"}, {"\xc3\x28 = 1\n", 1, 1, "not UTF-8"}}, "", "");
}

TEST_CASE("a key of absurdly many parts is refused before it is taken apart")
{
    std::string text = "[functions]\na";
    for (int i = 0; i < 100'000; ++i) text += ".a";
    check_all({{text, 2, 1, "more than 4096 parts"}}, "", " = 1\n");
}

TEST_CASE("[dumbwaiter] refuses wrong types, ranges and choices at the key")
{
    check_all({{"store = 3", 2, 1, "\"store\" must be a string, not 3"},
               {"store = \"\"", 2, 1, "not empty"},
               {"store = \"a\\u0000b\"", 2, 1, "control characters"},
               {"plugin_path = \"plugins\"", 2, 1, "an array of folders"},
               {"plugin_path = [\"plugins\", 3]", 2, 27, "must be a string, not 3"},
               {"plugin_path = [\"\"]", 2, 16, "not empty"},
               {"  default_frequency = 0", 2, 3, "from 0.01 to 31622400 (366 days), not 0"},
               {"default_frequency = 0.009", 2, 1, "not 0.009"},
               {"default_frequency = \"5s\"", 2, 1, "not \"5s\""},
               {"default_saved = 0", 2, 1, "an integer from 1 to 1000000, not 0"},
               {"default_saved = 10.0", 2, 1, "an integer"},
               {"default_saved = 1_000_001", 2, 1, "not 1000001"},
               {"serializer = \"jsn\"", 2, 1, "did you mean \"json\"?"},
               {"serializer = 1", 2, 1, "\"json\", \"msgpack\", \"cbor\" or \"raw\", not 1"},
               {"serializer = \"libproto.so:\"", 2, 1, "and its name after the colon"},
               {"serializer_options = { level = 3 }", 2, 1, "the serializer json takes no options"},
               {"serializer_options = 4", 2, 1, "a table"},
               {"threaded = 1", 2, 1, "true or false"},
               {"threaded = \"yes\"", 2, 1, "true or false, not \"yes\""},
               {"workers = \"many\"", 2, 1, "an integer from 0 to 1024, not \"many\""},
               {"workers = -1", 2, 1, "not -1"},
               {"workers = 1025", 2, 1, "not 1025"},
               {"isolation = \"tread\"", 2, 1, "did you mean \"thread\"?"},
               {"timeout = -0.5", 2, 1, "from 0 to"},
               {"timeout = 1e-12", 2, 1, "not 1e-12"},
               {"durability = \"ful\"", 2, 1, "did you mean \"full\"?"},
               {"durability = true", 2, 1, "not true"},
               {"commit_interval = 61", 2, 1, "from 0 to 60, not 61"},
               {"shutdown_grace = 3601.5", 2, 1, "from 0 to 3600"},
               {"store_group = []", 2, 1, "a string, not an array"},
               {"watch = \"on\"", 2, 1, "true or false"},
               {"thraeded = true", 2, 1, "unknown key \"thraeded\"; did you mean \"threaded\"?"},
               {"frequency = 3", 2, 1, "here it is called \"default_frequency\""},
               {"max_saved = 3", 2, 1, "here it is called \"default_saved\""},
               {"on_start = \"always\"", 2, 1, "it belongs to a function, under [functions.NAME]"},
               {"colour = \"red\"", 2, 1, "unknown key \"colour\""}},
              "[dumbwaiter]\n", kEntry);
}

TEST_CASE("a function refuses wrong types, ranges and choices at the key")
{
    check_all(
        {{"frequency = 0", 3, 1, "from 0.01"},
         {"frequency = -1", 3, 1, "not -1"},
         {"frequency = nan", 3, 1, "not nan"},
         {"frequency = inf", 3, 1, "not inf"},
         {"frequency = 31622401", 3, 1, "366 days"},
         {"frequency = 1e300", 3, 1, "not 1e+300"},
         {"frequency = 9223372036854775807", 3, 1, "366 days"},
         {"frequency = true", 3, 1, "seconds"},
         {"frequncy = 3", 3, 1, "unknown key \"frequncy\"; did you mean \"frequency\"?"},
         {"args = { a = 1 }", 3, 1, "an array, such as"},
         {"kwargs = [1]", 3, 1, "a table, such as"},
         {"max_saved = 0", 3, 1, "an integer from 1 to 1000000, not 0"},
         {"max_saved = 1.0", 3, 1, "an integer from 1 to 1000000, not 1.0"},
         {"timeout = inf", 3, 1, "not inf"},
         {"serializer = \"yaml\"", 3, 1, "not \"yaml\""},
         {"overlap = \"ski\"", 3, 1, "did you mean \"skip\"?"},
         {"on_start = \"sometimes\"", 3, 1, "\"stale\", \"always\" or \"never\", not \"sometimes\""},
         {"on_start = true", 3, 1, "not true"},
         {"retry = 3", 3, 1, "a table, such as { attempts = 2"},
         {"retry = { attempts = 101 }", 3, 11, "from 0 to 100"},
         {"retry = { attempts = 1, delay = 0 }", 3, 25, "from 0.001"},
         {"retry = { atempts = 1 }", 3, 11, "did you mean \"attempts\"?"},
         {"enabled = 0", 3, 1, "true or false, not 0"},
         {"signature = 3", 3, 1, "\"signature\" must be"},
         {"signature = \"f64(f46)\"", 3, 1, "at character 5: \"f46\" is no type; did you mean \"f64\"?"},
         {"signature = \"f64(f64)\"", 1, 12, "takes 1 argument (f64), and args has 0"},
         {"signature = \"f64(f64)\"\nargs = [1, 2]", 4, 1, "takes 1 argument (f64), and args has 2"},
         {"args = [\"x\"]\nsignature = \"f64(f64)\"", 3, 1, "args[0] is a str (\"x\"), and an f64 was wanted"},
         {"signature = \"f64()\"\nkwargs = { a = 1 }", 4, 1, "takes no kwargs"},
         {"watch = false", 3, 1, "it belongs under [dumbwaiter]"},
         {"align = 5", 3, 1, "true or false"},
         {"after = \"b\"", 3, 1, "an array of function names"},
         {"after = [1]", 3, 10, "an array of function names, and 1 is none"},
         {"default_frequency = 3", 3, 1, "here it is called \"frequency\""},
         {"default_saved = 3", 3, 1, "here it is called \"max_saved\""},
         {"durability = \"full\"", 3, 1, "it belongs under [dumbwaiter]"},
         {"args = [07:32:00]", 3, 9, "a time without a date"},
         {"args = [1, { x = [{ \"$y\" = 1 }] }]", 3, 21, "\"$y\" is reserved"},
         {"kwargs = { key = { \"$secret\" = \"KEY\" } }", 3, 20, "the secret says neither file nor env"},
         {"kwargs = { key = { \"$secret\" = \"env:\" } }", 3, 20, "the secret names no variable"},
         {"args = [{ \"$secret\" = \"file:\" }]", 3, 11, "the secret names no file"},
         {"args = [{ \"$secret\" = 3 }]", 3, 11, "\"$secret\" must be \"file:PATH\" or \"env:NAME\""},
         {"args = [{ \"$secret\" = \"env:A\", b = 1 }]", 3, 11, "stands for one value, alone in its table"},
         {"kwargs = { \"$secret\" = \"env:KEY\" }", 3, 12, "stands for one value"},
         {"serializer = \"a.so:b\"\nserializer_options = { key = { \"$secret\" = \"env:KEY\" } }", 4, 32,
          "for args and kwargs only"},
         {"kwargs = { \"$x\" = 1 }", 3, 12, "reserved"},
         {"kwargs = { t = 9999-12-31T23:59:59Z }", 3, 16, "between the years 1678 and 2262"}},
        "[functions.a]\nfunction = \"clock.so:now\"\n", "\n");
}

TEST_CASE("a function's entry point is refused with what to write")
{
    check_all({{"[functions]\na = \"clock.so\"\n", 2, 1, "\"clock.so\" names no function of the library: write"},
               {"[functions.a]\nfunction = \"clock.so\"\n", 2, 1, "write \"LIBRARY.so:FUNCTION\""},
               {"[functions]\na = \":now\"\n", 2, 1, "names no library"},
               {"[functions]\na = \"lib/:now\"\n", 2, 1, "names no library"},
               {"[functions]\na = \"clock.so:\"\n", 2, 1, "names no function"},
               {"[functions]\na = \"clock.so:no-w\"\n", 2, 1, "\"no-w\" is no C identifier"},
               {"[functions]\na = \"clock.so:1st\"\n", 2, 1, "no C identifier"},
               {"[functions]\na = \"clock.so:now__dw1\"\n", 2, 1, "write \"now\" without \"__dw1\""},
               {"[functions]\na = \"\"\n", 2, 1, "not empty"},
               {"[functions]\na = 3\n", 2, 1, "or a table [functions.a], not 3"},
               {"[functions]\na = [\"clock.so:now\"]\n", 2, 1, "not an array"},
               {"[functions.a]\nfunction = 3\n", 2, 1, "a string, not 3"},
               {"[functions.a]\nfrequency = 3\n", 1, 12, "\"a\" has no \"function\""},
               {"[functions.a.kwargs]\nx = 1\n[functions.a]\n", 3, 1, "has no \"function\""}},
              "", "");
}

TEST_CASE("a name that no store can hold is refused at its header or key")
{
    const std::string quoted = "\"" + std::string(201, 'n') + "\" = \"clock.so:now\"\n";
    check_all({{"\"a b\" = \"clock.so:now\"\n", 2, 1, "\"a b\" is no name"},
               {"\"\" = \"clock.so:now\"\n", 2, 1, "1 to 200"},
               {"\"#info\" = \"clock.so:now\"\n", 2, 1, "no name"},
               {"\"caf\u00e9\" = \"clock.so:now\"\n", 2, 1, "no name"},
               {quoted, 2, 1, "no name"},
               {"[functions.\"a/b\"]\nfunction = \"clock.so:now\"\n", 2, 12, "\"a/b\" is no name"}},
              "[functions]\n", "");
}

TEST_CASE("a name with a dot that lacks its quotes is recognised")
{
    check_all({{"[functions.a]\nfunction = \"clock.so:now\"\n[functions.a.b]\nfunction = \"clock.so:now\"\n", 3, 14,
                "a name with a dot needs quotes, \"a.b\""}},
              "", "");
}

TEST_CASE("tables and keys at the top that are not known are refused")
{
    check_all({{"[function.x]\nfunction = \"clock.so:now\"\n", 1, 2, "did you mean \"functions\"?"},
               {"[dumbwater]\n", 1, 2, "did you mean \"dumbwaiter\"?"},
               {"workers = 3\n", 1, 1, "it belongs under [dumbwaiter]"},
               {"max_saved = 3\n", 1, 1, "it belongs to a function"},
               {"[colours]\n", 1, 2, "a manifest has the tables"}},
              "", "");
}

TEST_CASE("tables of later capabilities are refused where they would change something")
{
    check_all({{"[autoload]\nenabled = 1", 2, 1, "true or false, not 1"},
               {"[autoload]\nenable = true", 2, 1, "did you mean \"enabled\"?"},
               {"[fleet]\nname = \"x\"", 1, 2, "not supported yet"}},
              "", kEntry);
}

TEST_CASE("what must be a table and is none is refused")
{
    check_all({{"dumbwaiter = 3\n", 1, 1, "\"dumbwaiter\" must be a table, not 3"}}, "", kEntry);
    check_all({{"[[dumbwaiter]]\n", 1, 3, "a table, not an array"}}, "", kEntry);
    const ManifestReading reading = parse_manifest("[[functions]]\nfunction = \"clock.so:now\"\n", "m", "/");
    REQUIRE(!reading.problems.empty());
    CHECK(reading.problems.back().message.find("[functions.NAME]") != std::string::npos);
}

TEST_CASE("a manifest with nothing to run says what to add")
{
    check_all({{"", 1, 1, "add a line such as now = \"libtime.so:now\""},
               {"# only a comment\n", 1, 1, "no function to run"},
               {"[functions]\n", 1, 1, "no function to run"},
               {"[functions.a]\nfunction = \"c.so:f\"\nenabled = false\n", 1, 1, "every function is disabled"}},
              "", "");
}

TEST_CASE("all problems come together, in order of place")
{
    const ManifestReading reading = parse_manifest(
        "[functions.b]\nfrequency = 1\n[dumbwaiter]\nworkers = \"many\"\n"
        "[functions.a]\nfunction = \"clock.so:now\"\nmax_saved = 0\ntimeout = -1\n[limit]\n",
        "m", "/");
    std::vector<std::pair<uint32_t, uint32_t>> places;
    for (const Problem& problem : reading.problems) places.emplace_back(problem.at.line, problem.at.column);
    CHECK(places == std::vector<std::pair<uint32_t, uint32_t>>{{1, 12}, {4, 1}, {7, 1}, {8, 1}, {9, 2}});
}

TEST_CASE("arguments that nest too deep are refused once, however deep they are")
{
    for (const int depth : {129, 140, 200, 250}) {
        CAPTURE(depth);
        const std::string text =
            "[functions.a]\nfunction = \"c.so:f\"\nargs = " + std::string(depth, '[') + std::string(depth, ']') + "\n";
        const ManifestReading reading = parse_manifest(text, "m", "/");
        REQUIRE(reading.problems.size() == 1);
        CHECK(reading.problems[0].message == "arguments nest at most 128 deep");
        CHECK(reading.problems[0].at.line == 3);
        CHECK(reading.problems[0].at.column == 8 + 128);
    }
}

TEST_CASE("no prefix of a manifest, and none with a byte changed, does harm")
{
    const std::string good =
        "[dumbwaiter]\nplugin_path = [\"a\", 'b']\n[functions.\"x.y\"]\nfunction = \"clock.so:now\" # c\n"
        "args = [1, 2.5, \"\\u00e9\", 2026-11-23T06:00:00Z, {a = [true]}]\nretry = { attempts = 2, delay = 0.5 }\n";
    uint32_t random = 1;
    for (size_t i = 0; i < good.size(); ++i) {
        parse_manifest(good.substr(0, i), "m", "/");
        std::string changed = good;
        for (int n = 0; n < 8; ++n) {
            random = random * 1664525 + 1013904223;
            changed[i] = static_cast<char>(random >> 24);
            for (const Problem& problem : parse_manifest(changed, "m", "/").problems) CHECK(!problem.message.empty());
        }
    }
}
