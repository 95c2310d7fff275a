// SPDX-License-Identifier: BSD-3-Clause
//
// codec.hpp: JSON as stored, and as shown to people.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "codec.hpp"
#include "samples.hpp"

using namespace dumbwaiter;
using namespace std::string_literals;
namespace s = dumbwaiter::samples;

namespace {

std::string json(const Document& value)
{
    std::string text;
    REQUIRE(encode(Serializer::kJson, value, text));
    return text;
}

}  // namespace

TEST_CASE("json is compact, keeps the order of keys, and floats have a point or an exponent")
{
    struct Row {
        Document value;
        std::string text;
    };
    for (const Row& row : {
             Row{s::null(), "null"},
             Row{s::boolean(true), "true"},
             Row{s::i64(INT64_MIN), "-9223372036854775808"},
             Row{s::u64(UINT64_MAX), "18446744073709551615"},
             Row{s::f64(1), "1.0"},
             Row{s::f64(-0.0), "-0.0"},
             Row{s::f64(1e300), "1e+300"},
             Row{s::f64(5e-324), "5e-324"},
             Row{s::f64(0.1), "0.1"},
             Row{s::array(s::f64(100), s::i64(100)), "[100.0,100]"},
             Row{s::str("a\"\\\n\0\u20ac"s), "\"a\\\"\\\\\\n\\u0000\u20ac\""},
             Row{s::time(0), "\"1970-01-01T00:00:00.000000000Z\""},
             Row{s::map(s::Entry{"z", s::i64(1)}, s::Entry{"a", s::array()}, s::Entry{"m", s::map()}),
                 "{\"z\":1,\"a\":[],\"m\":{}}"},
         }) {
        CHECK(json(row.value) == row.text);
        CHECK(to_json(row.value) == row.text);
    }
}

TEST_CASE("integers beyond 64 bits, and all with a point or exponent, decode as floats")
{
    struct Row {
        const char* text;
        Document value;
    };
    for (const Row& row : {
             Row{"9223372036854775807", s::i64(INT64_MAX)},
             Row{"9223372036854775808", s::u64(uint64_t{1} << 63)},
             Row{"18446744073709551615", s::u64(UINT64_MAX)},
             Row{"18446744073709551616", s::f64(18446744073709551616.0)},
             Row{"-9223372036854775808", s::i64(INT64_MIN)},
             Row{"-9223372036854775809", s::f64(-9223372036854775808.0)},
             Row{"1.0", s::f64(1)},
             Row{"1e2", s::f64(100)},
             Row{"-0.0", s::f64(-0.0)},
             Row{"-0", s::i64(0)},
             Row{" [ 1 , \"\\u20ac\\ud83c\\udf7d\" ] \n", s::array(s::i64(1), s::str("\u20ac\U0001f37d"))},
             Row{"{\"b\":1,\"a\":{}}", s::map(s::Entry{"b", s::i64(1)}, s::Entry{"a", s::map()})},
         }) {
        CAPTURE(row.text);
        const auto decoded = decode(Serializer::kJson, row.text);
        REQUIRE(decoded);
        CHECK(same(*decoded, row.value));
    }
}

TEST_CASE("malformed json is damage")
{
    const std::string deep = std::string(kMaxDepth + 1, '[') + std::string(kMaxDepth + 1, ']');
    const std::string abyss(1'000'000, '[');
    for (const std::string& text :
         {""s,      " "s,        "nul"s, "1 2"s,     "[1"s,          "[1,]"s,     "{\"a\"}"s, "{\"a\":}"s,
          "{a:1}"s, "{1:2}"s,    "'a'"s, "\"a"s,     "\"\\ud800\""s, "\"\xff\""s, "\"\n\""s,  "01"s,
          "+1"s,    "1."s,       ".5"s,  "NaN"s,     "Infinity"s,    "1e999"s,    "]"s,       "1\0"s,
          "1\0 2"s, "\"a\0b\""s, "\0"s,  "/* */ 1"s, deep,           abyss}) {
        CAPTURE(text.substr(0, 40));
        const auto decoded = decode(Serializer::kJson, text);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code == Code::kDamaged);
        CHECK(decoded.error().message.starts_with("malformed json: "));
    }
}

TEST_CASE("a place in the text is named where it stops being json")
{
    CHECK(decode(Serializer::kJson, "[1,x]").error().message == "malformed json: byte 4 is not what may stand there");
    CHECK(decode(Serializer::kJson, std::string(129, '[')).error().message ==
          "malformed json: it nests deeper than 128 levels");
}

TEST_CASE("json for people shows any value")
{
    struct Row {
        Document value;
        std::string text;
    };
    for (const Row& row : {
             Row{s::bytes("foo"), "{\"base64\":\"Zm9v\"}"},
             Row{s::str("\xff"), "{\"base64\":\"/w==\"}"},
             Row{s::array(s::f64(NAN), s::f64(INFINITY), s::f64(-INFINITY)),
                 "[{\"f64\":\"nan\"},{\"f64\":\"inf\"},{\"f64\":\"-inf\"}]"},
             Row{s::map(s::Entry{"\xff", s::bytes("")}), "{\"\ufffd\":{\"base64\":\"\"}}"},
             Row{s::time(-1), "\"1969-12-31T23:59:59.999999999Z\""},
         }) {
        CHECK(to_json(row.value) == row.text);
    }
}

TEST_CASE("json for people shows a part of a value too")
{
    const Document value = s::array(s::i64(1), s::map(s::Entry{"a", s::str("x")}));
    CHECK(to_json(value, 1) == "1");
    CHECK(to_json(value, 2) == "{\"a\":\"x\"}");
}

TEST_CASE("a quoted text is json, whatever it was")
{
    CHECK(json_quote("") == "\"\"");
    CHECK(json_quote("a\"\0\n"s) == "\"a\\\"\\u0000\\n\"");
    CHECK(json_quote("a\x7f\xc2\x9b\xc2\xa0") == "\"a\\u007f\\u009b\u00a0\"");  // terminals obey the first two
    CHECK(json_quote("a\xff\xe2\x82z") == "\"a\ufffd\ufffdz\"");
}
