// SPDX-License-Identifier: BSD-3-Clause
//
// codec.hpp: what holds for every serializer, and raw.
#include "codec.hpp"

#include <doctest/doctest.h>

#include <cfloat>
#include <cmath>
#include <string>
#include <vector>

#include "round_trip.hpp"
#include "samples.hpp"

using namespace dumbwaiter;
using namespace std::string_literals;
namespace s = dumbwaiter::samples;

namespace {

std::vector<Document> for_every_serializer()
{
    std::vector<Document> values = {
        s::null(),
        s::boolean(false),
        s::boolean(true),
        s::str(""),
        s::str("plain"),
        s::str("a\0b"s),
        s::str("\0"s),
        s::str("quote \" backslash \\ newline \n tab \t bell \a del \x7f"),
        s::str("\u00e9\u20ac\U0001f37d\u2028\uffff"),
        s::array(),
        s::map(),
        s::array(s::array(), s::map()),
        s::map(s::Entry{"", s::map()}),
        s::map(s::Entry{"z", s::i64(1)}, s::Entry{"a\0b"s, s::array(s::null(), s::str("x"))},
               s::Entry{"\u20ac", s::null()}),
        s::nested(kMaxDepth),
    };
    for (const int64_t number : {int64_t{0},
                                 int64_t{-1},
                                 int64_t{23},
                                 int64_t{24},
                                 int64_t{-24},
                                 int64_t{-25},
                                 int64_t{127},
                                 int64_t{128},
                                 int64_t{-32},
                                 int64_t{-33},
                                 int64_t{-128},
                                 int64_t{-129},
                                 int64_t{255},
                                 int64_t{256},
                                 int64_t{32767},
                                 int64_t{-32769},
                                 int64_t{65535},
                                 int64_t{65536},
                                 int64_t{INT32_MAX},
                                 int64_t{INT32_MIN},
                                 int64_t{UINT32_MAX},
                                 int64_t{UINT32_MAX} + 1,
                                 int64_t{1} << 53,
                                 INT64_MAX,
                                 INT64_MIN}) {
        values.push_back(s::i64(number));
    }
    values.push_back(s::u64(uint64_t{INT64_MAX} + 1));
    values.push_back(s::u64(UINT64_MAX));
    for (const double number : {0.0, -0.0, 1.0, -1.0, 0.1, 1e300, -1e300, 5e-324, DBL_MIN, DBL_MAX, DBL_EPSILON, 1e15,
                                1e16, 1e17, 123456789012345680.0, 9007199254740993.0, 1.0 / 3, 65504.0, 3.4e38}) {
        values.push_back(s::f64(number));
    }
    for (const size_t length : {31, 32, 255, 256, 65535, 65536}) {
        values.push_back(s::str(std::string(length, 's')));
        Document array;
        array.open(Type::kArray);
        for (size_t i = 0; i < length; ++i) array.append_i64(Type::kI64, static_cast<int64_t>(i));
        array.close(0, length);
        values.push_back(array);
        Document map;
        map.open(Type::kMap);
        for (size_t i = 0; i < length; ++i) {
            map.append_text(Type::kStr, std::to_string(i));
            map.append(Type::kNull);
        }
        map.close(0, length);
        values.push_back(map);
    }
    return values;
}

std::vector<Document> for_binary_serializers()
{
    std::vector<Document> values = {
        s::f64(INFINITY),
        s::f64(-INFINITY),
        s::f64(NAN),
        s::f64(-NAN),
        s::map(s::Entry{"b", s::bytes("\0\xff"s)}, s::Entry{"t", s::time(1)}),
    };
    for (const size_t length : {0, 1, 4, 8, 12, 16, 255, 256, 65536})
        values.push_back(s::bytes(std::string(length, '\xfe')));
    const int64_t bit34 = int64_t{1} << 34;
    for (const int64_t unix_ns : {int64_t{0}, int64_t{-1}, int64_t{1}, int64_t{999'999'999}, int64_t{-1'000'000'000},
                                  int64_t{UINT32_MAX} * 1'000'000'000, (int64_t{UINT32_MAX} + 1) * 1'000'000'000,
                                  int64_t{1'795'412'762'123'456'789}, INT64_MAX, INT64_MIN, bit34, -bit34}) {
        values.push_back(s::time(unix_ns));
    }
    return values;
}

}  // namespace

TEST_CASE("every value that json, msgpack and cbor hold comes back the same, bit for bit")
{
    for (const Serializer serializer : kTrees) {
        for (const Document& value : for_every_serializer()) {
            CAPTURE(serializer_name(serializer));
            CAPTURE(to_json(value).substr(0, 100));
            CHECK(same(round_trip(serializer, value), value));
        }
    }
}

TEST_CASE("bytes, times, NaN and infinities come back from msgpack and cbor")
{
    for (const Serializer serializer : {Serializer::kMsgpack, Serializer::kCbor}) {
        for (const Document& value : for_binary_serializers()) {
            CAPTURE(serializer_name(serializer));
            CAPTURE(to_json(value).substr(0, 100));
            CHECK(same(round_trip(serializer, value), value));
        }
    }
}

TEST_CASE("no value at all is null")
{
    std::string payload;
    CHECK(encode(Serializer::kJson, Document{}, payload));
    CHECK(payload == "null");
    CHECK(to_json(Document{}) == "null");
}

TEST_CASE("json refuses what it cannot hold, by place and kind, and names who can")
{
    struct Row {
        Document value;
        const char* message;
    };
    for (const Row& row : {
             Row{s::f64(NAN), "value is NaN, which json cannot hold; msgpack and cbor can hold it"},
             Row{s::f64(INFINITY), "value is infinity, which json cannot hold; msgpack and cbor can hold it"},
             Row{s::f64(-INFINITY), "value is -infinity, which json cannot hold; msgpack and cbor can hold it"},
             Row{s::bytes(""), "value is bytes, which json cannot hold; msgpack and cbor can hold it"},
             Row{s::array(s::null(), s::array(), s::map(s::Entry{"a", s::null()}, s::Entry{"ratio", s::f64(NAN)})),
                 "[2].ratio is NaN, which json cannot hold; msgpack and cbor can hold it"},
             Row{s::map(s::Entry{"a", s::array(s::bytes("x"))}),
                 "a[0] is bytes, which json cannot hold; msgpack and cbor can hold it"},
         }) {
        std::string payload = "kept";
        const Status status = encode(Serializer::kJson, row.value, payload);
        REQUIRE_FALSE(status);
        CHECK(status.error().code == Code::kInvalidArgument);
        CHECK(status.error().message == row.message);
        CHECK(payload == "kept");
    }
}

TEST_CASE("text that is not UTF-8 and what nests too deep fit no tree")
{
    for (const Serializer serializer : kTrees) {
        std::string payload;
        const Status text = encode(serializer, s::map(s::Entry{"a", s::str("\xff")}), payload);
        REQUIRE_FALSE(text);
        CHECK(text.error().code == Code::kInvalidArgument);
        CHECK(text.error().message == "a is a str that is not UTF-8: give it as bytes");
        const Status deep = encode(serializer, s::nested(kMaxDepth + 1), payload);
        REQUIRE_FALSE(deep);
        CHECK(deep.error().code == Code::kTooLarge);
        CHECK(payload.empty());
    }
}

TEST_CASE("raw holds one str or bytes, and gives str back if it is UTF-8")
{
    CHECK(same(round_trip(Serializer::kRaw, s::str("a\0b"s)), s::str("a\0b"s)));
    CHECK(same(round_trip(Serializer::kRaw, s::bytes("\xff\0"s)), s::bytes("\xff\0"s)));
    CHECK(same(round_trip(Serializer::kRaw, s::bytes("text")), s::str("text")));
    CHECK(same(round_trip(Serializer::kRaw, s::str("")), s::str("")));
}

TEST_CASE("raw refuses the rest and names who can hold it")
{
    struct Row {
        Document value;
        const char* message;
    };
    for (const Row& row : {
             Row{s::i64(7),
                 "value is an i64 (7), and raw holds one str or bytes only; json, msgpack and cbor can hold it"},
             Row{s::f64(NAN),
                 "value is an f64 (nan), and raw holds one str or bytes only; msgpack and cbor can hold it"},
             Row{s::array(s::bytes("")),
                 "value is an array of 1, and raw holds one str or bytes only; msgpack and cbor can hold it"},
         }) {
        std::string payload;
        const Status status = encode(Serializer::kRaw, row.value, payload);
        REQUIRE_FALSE(status);
        CHECK(status.error().code == Code::kInvalidArgument);
        CHECK(status.error().message == row.message);
    }
}

TEST_CASE("serializers are known by name and number")
{
    for (const char* name : {"raw", "json", "msgpack", "cbor"})
        CHECK(serializer_name(*serializer_by_name(name)) == name);
    CHECK(static_cast<int>(*serializer_by_name("cbor")) == 3);
    for (const char* name : {"", "JSON", "pickle", "json "}) CHECK_FALSE(serializer_by_name(name));
    std::string payload;
    const auto plugin = static_cast<Serializer>(128);
    CHECK(encode(plugin, s::null(), payload).error().code == Code::kUnsupported);
    CHECK(decode(plugin, "x").error().code == Code::kUnsupported);
}
