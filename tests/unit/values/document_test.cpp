// SPDX-License-Identifier: BSD-3-Clause
//
// document.hpp, describe.hpp, key_set.hpp and base64.hpp.
#include "document.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "base64.hpp"
#include "describe.hpp"
#include "key_set.hpp"
#include "samples.hpp"

using namespace dumbwaiter;
using namespace std::string_literals;
namespace s = dumbwaiter::samples;

TEST_CASE("text is NUL-terminated in the arena, whatever is in it")
{
    const Document value = s::array(s::str("a\0b"s), s::bytes(""), s::str("c"));
    for (const uint32_t node : {1, 2, 3}) {
        const std::string_view text = value.text_of(value.nodes[node]);
        CHECK(text.data()[text.size()] == '\0');
    }
    CHECK(value.text_of(value.nodes[1]) == "a\0b"s);
}

TEST_CASE("a copied subtree stands on its own, wherever it came from and goes to")
{
    const Document from =
        s::array(s::str("before"), s::map(s::Entry{"k", s::array(s::i64(1), s::str("x"))}), s::null());
    Document to;
    const uint32_t at = to.open(Type::kArray);
    to.append_subtree(from, 2);
    to.close(at, 1);
    CHECK(same(to, s::array(s::map(s::Entry{"k", s::array(s::i64(1), s::str("x"))}))));
}

TEST_CASE("documents are the same only if types, numbers, text, order and shape are")
{
    const Document value = s::map(s::Entry{"a", s::i64(1)}, s::Entry{"b", s::f64(0.0)});
    CHECK(same(value, s::map(s::Entry{"a", s::i64(1)}, s::Entry{"b", s::f64(0.0)})));
    CHECK_FALSE(same(value, s::map(s::Entry{"b", s::f64(0.0)}, s::Entry{"a", s::i64(1)})));
    CHECK_FALSE(same(value, s::map(s::Entry{"a", s::i64(1)}, s::Entry{"b", s::f64(-0.0)})));
    CHECK_FALSE(same(s::i64(1), s::boolean(true)));
    CHECK_FALSE(same(s::str("a"), s::bytes("a")));
    CHECK_FALSE(same(s::array(s::array(), s::null()), s::array(s::array(s::null()))));
    CHECK(same(s::f64(NAN), s::f64(NAN)));
}

TEST_CASE("an unsigned number is I64 up to the i64 maximum")
{
    CHECK(s::u64(INT64_MAX).nodes[0].type == Type::kI64);
    CHECK(s::u64(uint64_t{INT64_MAX} + 1).nodes[0].type == Type::kU64);
}

TEST_CASE("a node is named by the way to it")
{
    const Document value = s::map(s::Entry{"limits", s::array(s::i64(1), s::map(s::Entry{"ratio", s::f64(2)}))},
                                  s::Entry{"odd key", s::null()}, s::Entry{"", s::null()});
    CHECK(place_in(value, 0) == "");
    CHECK(place_in(value, 2) == ".limits");
    CHECK(place_in(value, 3) == ".limits[0]");
    CHECK(place_in(value, 6) == ".limits[1].ratio");
    CHECK(place_in(value, 5) == ".limits[1].ratio");  // its key
    CHECK(place_in(value, 8) == "[\"odd key\"]");
    CHECK(place_in(value, 10) == "[\"\"]");
}

TEST_CASE("a value is described by type and a short look at it")
{
    struct Row {
        Document value;
        const char* text;
    };
    for (const Row& row : {
             Row{s::null(), "null"},
             Row{s::boolean(true), "a bool (true)"},
             Row{s::i64(-7), "an i64 (-7)"},
             Row{s::u64(UINT64_MAX), "a u64 (18446744073709551615)"},
             Row{s::f64(0.5), "an f64 (0.5)"},
             Row{s::str("se\"ven\n"), "a str (\"se\\\"ven\\n\")"},
             Row{s::str("\xff"), "a str (\"\ufffd\")"},
             Row{s::str(std::string(100, 'x')), "a str (\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\")"},
             Row{s::bytes("abc"), "bytes (3 long)"},
             Row{s::time(0), "a time (1970-01-01T00:00:00.000000000Z)"},
             Row{s::array(s::null(), s::null()), "an array of 2"},
             Row{s::map(), "a map of 0"},
         }) {
        CHECK(describe(row.value, 0) == row.text);
    }
}

TEST_CASE("a key set finds every duplicate, small or large, and forgets all when cleared")
{
    KeySet keys;
    for (int round = 0; round < 3; ++round) {
        Document document;
        keys.clear();
        for (int i = 0; i < 1000; ++i) {
            document.append_text(Type::kStr, std::to_string(i));
            REQUIRE(keys.insert(document, static_cast<uint32_t>(i)));
            for (const int known : {0, i / 2, i}) {
                Document with = document;
                with.append_text(Type::kStr, std::to_string(known));
                REQUIRE_FALSE(keys.insert(with, static_cast<uint32_t>(i + 1)));
            }
        }
    }
}

TEST_CASE("base64 pads to groups of four")
{
    CHECK(base64("") == "");
    CHECK(base64("f") == "Zg==");
    CHECK(base64("fo") == "Zm8=");
    CHECK(base64("foo") == "Zm9v");
    CHECK(base64("\xff\xfe\xfd\0"s) == "//79AA==");
}
