// SPDX-License-Identifier: BSD-3-Clause
//
// base/visible_text.hpp.
#include "visible_text.hpp"

#include <doctest/doctest.h>

#include <string>

#include "utf8.hpp"

using namespace dumbwaiter;
using namespace std::string_literals;

TEST_CASE("a text is shown as it is, but for what could end its line or steer a terminal")
{
    const struct {
        std::string text, shown;
    } rows[] = {
        {"", ""},
        {"plain, with = and ~", "plain, with = and ~"},
        {"[library.\"libx.so\"] said 'no' in C:\\n", "[library.\"libx.so\"] said 'no' in C:\\n"},
        {"caf\u00e9 \u2603 \U0001f37d \u00a0\u2027\u202a\ufeff",
         "caf\u00e9 \u2603 \U0001f37d \u00a0\u2027\u202a\ufeff"},
        {"a\nb\r\n\tc", "a\\nb\\r\\n\\tc"},
        {"a\0b"s, "a\\u0000b"},
        {"\x1b[2J\a\b\v\f\x7f", "\\u001b[2J\\u0007\\u0008\\u000b\\u000c\\u007f"},
        {"\u0080\u0085\u009b\u009f", "\\u0080\\u0085\\u009b\\u009f"},
        {"\u2028\u2029", "\\u2028\\u2029"},
        {"\xff\xc3(\xe2\x80", "\ufffd\ufffd(\ufffd"},
        {"\xe2\x80\n\xc2\n", "\ufffd\\n\ufffd\\n"},
        {"\x9b", "\ufffd"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(visible_text(row.text) == row.shown);
        CHECK(visible_text(row.shown) == row.shown);
    }
}

TEST_CASE("no pair of bytes ends a line, and all are UTF-8 afterwards")
{
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string shown = visible_text(std::string{static_cast<char>(first), static_cast<char>(second)});
            REQUIRE(is_utf8(shown));
            for (const unsigned char byte : shown) REQUIRE((byte >= ' ' && byte != 0x7f));
        }
    }
}
