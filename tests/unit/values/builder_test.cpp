// SPDX-License-Identifier: BSD-3-Clause
//
// builder.hpp.
#include "builder.hpp"

#include <doctest/doctest.h>
#include <dumbwaiter/codes.h>

#include <functional>
#include <string>

#include "samples.hpp"

using namespace dumbwaiter;
using namespace std::string_literals;
namespace s = dumbwaiter::samples;

namespace {

Builder begun(uint64_t limit = 0)
{
    Builder builder;
    builder.begin(limit);
    return builder;
}

}  // namespace

TEST_CASE("puts build the tape in order")
{
    Builder b = begun();
    CHECK(b.open_map() == DW_OK);
    CHECK(b.key("list") == DW_OK);
    CHECK(b.open_array() == DW_OK);
    for (const int32_t code : {b.put_null(), b.put_bool(true), b.put_i64(-1), b.put_u64(UINT64_MAX), b.put_f64(0.5),
                               b.put_time(7), b.put_str("s\0t"s), b.put_bytes("\xff")}) {
        CHECK(code == DW_OK);
    }
    CHECK(b.close() == DW_OK);
    CHECK(b.key("") == DW_OK);
    CHECK(b.put_str("") == DW_OK);
    CHECK(b.close() == DW_OK);
    CHECK(b.finish() == DW_OK);
    const Document list = s::array(s::null(), s::boolean(true), s::i64(-1), s::u64(UINT64_MAX), s::f64(0.5), s::time(7),
                                   s::str("s\0t"s), s::bytes("\xff"));
    CHECK(same(b.document(), s::map(s::Entry{"list", list}, s::Entry{"", s::str("")})));
}

TEST_CASE("nothing put is null")
{
    Builder b = begun();
    CHECK(b.finish() == DW_OK);
    CHECK(b.finish() == DW_OK);
    CHECK(same(b.document(), s::null()));
}

TEST_CASE("each misuse has its code and its text, and sticks")
{
    struct Row {
        const char* fault;
        std::function<int32_t(Builder&)> wrong;
        int32_t code = DW_MISUSE;
    };
    const std::string big(50, 'k');
    const Row rows[] = {
        {"a second value: a result is one value, or several in an array or map",
         [](Builder& b) {
             b.put_i64(1);
             return b.put_i64(2);
         }},
        {"a second value: a result is one value, or several in an array or map",
         [](Builder& b) {
             b.open_array();
             b.close();
             return b.open_map();
         }},
        {"a second value: a result is one value, or several in an array or map",
         [](Builder& b) {
             b.put_raw("", "");
             return b.put_null();
         }},
        {"a second value: a result is one value, or several in an array or map",
         [](Builder& b) {
             b.put_null();
             return b.put_raw("", "");
         }},
        {"an array is not closed",
         [](Builder& b) {
             b.open_array();
             return b.finish();
         }},
        {"a map is not closed",
         [](Builder& b) {
             b.open_map();
             return b.finish();
         }},
        {"2 arrays or maps are not closed",
         [](Builder& b) {
             b.open_array();
             b.open_array();
             return b.finish();
         }},
        {"close without an open array or map", [](Builder& b) { return b.close(); }},
        {"close without an open array or map",
         [](Builder& b) {
             b.open_array();
             b.close();
             return b.close();
         }},
        {"key \"a\" outside a map", [](Builder& b) { return b.key("a"); }},
        {"key \"a\" in an array",
         [](Builder& b) {
             b.open_array();
             return b.key("a");
         }},
        {"a value in a map without a key",
         [](Builder& b) {
             b.open_map();
             return b.put_null();
         }},
        {"a value in a map without a key",
         [](Builder& b) {
             b.open_map();
             b.key("a");
             b.put_null();
             return b.open_array();
         }},
        {"key \"a\" has no value: key \"b\" came instead",
         [](Builder& b) {
             b.open_map();
             b.key("a");
             return b.key("b");
         }},
        {"key \"a\" has no value: its map was closed",
         [](Builder& b) {
             b.open_map();
             b.key("a");
             return b.close();
         }},
        {"duplicate key \"a\"",
         [](Builder& b) {
             b.open_map();
             b.key("a");
             b.put_null();
             return b.key("a");
         }},
        {"duplicate key \"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...\"",
         [&](Builder& b) {
             b.open_map();
             b.key(big);
             b.put_null();
             return b.key(big);
         }},
        {"a str is not UTF-8: \"ab\ufffd\" at byte 2", [](Builder& b) { return b.put_str("ab\xff"); }},
        {"a str is not UTF-8: \"\ufffd\ufffd\ufffd\" at byte 0", [](Builder& b) { return b.put_str("\xed\xa0\x80"); }},
        {"a key is not UTF-8: \"\ufffd\" at byte 0",
         [](Builder& b) {
             b.open_map();
             return b.key("\xc3");
         }},
        {"a media type is not UTF-8: \"\ufffd\" at byte 0", [](Builder& b) { return b.put_raw("\xc3", ""); }},
        {"a str is not UTF-8: \"\ufffd\" at byte 0",
         [](Builder& b) { return b.put_subtree(s::array(s::str("\xff")), 0); }},
        {"raw bytes inside an open array or map: they are a whole result",
         [](Builder& b) {
             b.open_array();
             return b.put_raw("", "x");
         }},
        {"the media type is longer than 255 bytes", [](Builder& b) { return b.put_raw(std::string(256, 'a'), ""); },
         DW_LIMIT},
        {"arrays and maps nest deeper than 128 levels",
         [](Builder& b) {
             for (int i = 0; i < 128; ++i) REQUIRE(b.open_array() == DW_OK);
             return b.open_map();
         },
         DW_LIMIT},
        {"arrays and maps nest deeper than 128 levels",
         [](Builder& b) {
             b.open_array();
             return b.put_subtree(s::nested(128), 0);
         },
         DW_LIMIT},
    };
    for (const Row& row : rows) {
        CAPTURE(row.fault);
        Builder b = begun();
        CHECK(row.wrong(b) == row.code);
        CHECK(b.fault() == row.fault);
        for (const int32_t code : {b.put_i64(1), b.put_str("\xff"), b.open_array(), b.open_map(), b.key("k"), b.close(),
                                   b.put_raw("", ""), b.put_subtree(s::null(), 0), b.finish()}) {
            CHECK(code == row.code);
        }
        CHECK(b.fault() == row.fault);
        b.begin(0);
        CHECK(b.put_i64(1) == DW_OK);
        CHECK(b.finish() == DW_OK);
        CHECK(b.fault() == "");
        CHECK_FALSE(b.is_raw());
        CHECK(same(b.document(), s::i64(1)));
    }
}

TEST_CASE("a raw result keeps its bytes and media type beside an empty document")
{
    Builder b = begun();
    CHECK(b.put_raw("image/png", "\x89P\0G"s) == DW_OK);
    CHECK(b.finish() == DW_OK);
    CHECK(b.is_raw());
    CHECK(b.raw() == "\x89P\0G"s);
    CHECK(b.media_type() == "image/png");
    CHECK(b.document().empty());
}

TEST_CASE("the same key may stand in different maps, inside and beside each other")
{
    Builder b = begun();
    const Document inner = s::map(s::Entry{"a", s::null()});
    b.open_map();
    b.key("a");
    b.put_subtree(inner, 0);
    b.key("b");
    b.open_map();
    CHECK(b.key("a") == DW_OK);
    b.put_null();
    b.close();
    CHECK(b.key("c") == DW_OK);
    b.put_null();
    b.close();
    CHECK(b.finish() == DW_OK);
}

TEST_CASE("a new result reuses the memory of the one before")
{
    Builder b = begun();
    b.put_str(std::string(1000, 'x'));
    const char* arena = b.document().text.data();
    b.begin(0);
    b.put_str("y");
    CHECK(b.document().text.data() == arena);
}
