// SPDX-License-Identifier: BSD-3-Clause
//
// base/utf8.hpp.
#include "utf8.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace dumbwaiter;
using namespace std::string_literals;

TEST_CASE("well-formed UTF-8 of every length is taken, with NUL and noncharacters")
{
    for (const std::string& text :
         {""s, "plain ascii, longer than eight"s, "\0"s, "a\0b"s, "\u00e9"s, "\u20ac"s, "\U0001f37d"s, "\u07ff"s,
          "\u0800"s, "\ud7ff"s, "\ue000"s, "\uffff"s, "\U00010000"s, "\U0010ffff"s}) {
        CAPTURE(text);
        CHECK(is_utf8(text));
        CHECK(repair_utf8(text) == text);
    }
}

TEST_CASE("the first byte of a malformed sequence is found, and the sequence becomes one U+FFFD")
{
    struct Row {
        std::string text;
        size_t at;
        std::string repaired;
    };
    const std::string bad = "\ufffd";
    for (const Row& row : {
             Row{"\x80", 0, bad},            // a following byte alone
             Row{"ab\xff", 2, "ab" + bad},   // never a byte of UTF-8
             Row{"\xc0\xaf", 0, bad + bad},  // overlong of two
             Row{"\xc1\xbf", 0, bad + bad},
             Row{"\xe0\x80\xaf", 0, bad + bad + bad},            // overlong of three
             Row{"\xf0\x80\x80\xaf", 0, bad + bad + bad + bad},  // overlong of four
             Row{"\xed\xa0\x80", 0, bad + bad + bad},            // a surrogate
             Row{"\xed\xbf\xbf", 0, bad + bad + bad},
             Row{"\xf4\x90\x80\x80", 0, bad + bad + bad + bad},  // above U+10FFFF
             Row{"\xf5\x80\x80\x80", 0, bad + bad + bad + bad},
             Row{"x\xe2\x82", 1, "x" + bad},         // cut at the end
             Row{"x\xe2\x82y", 1, "x" + bad + "y"},  // cut in the middle
             Row{"\xf0\x9f\x8d"
                 "12345678",
                 0, bad + "12345678"},
             Row{"12345678\xc3", 8, "12345678" + bad},
         }) {
        CAPTURE(row.text);
        CHECK(utf8_fault(row.text) == row.at);
        CHECK(repair_utf8(row.text) == row.repaired);
    }
}

TEST_CASE("cleaned text is UTF-8 within its bound, though repairing makes it longer")
{
    CHECK(clean_utf8("a\xff", 9) == "a\ufffd");
    CHECK(clean_utf8("\xff\xff\xff", 4) == "\ufffd");
    CHECK(clean_utf8("a\u20acb", 3) == "a");
}

TEST_CASE("a prefix cuts no character in two")
{
    const std::string text = "a\u20acb";  // 1, 3 and 1 bytes
    const size_t lengths[] = {0, 1, 1, 1, 4, 5, 5};
    for (size_t max = 0; max < std::size(lengths); ++max) CHECK(utf8_prefix(text, max).size() == lengths[max]);
    CHECK(utf8_prefix("\x80\x80\x80\x80\x80\x80", 5).size() == 2);
}
