// SPDX-License-Identifier: BSD-3-Clause
//
// CRC-32C against known sums, and the instruction against Boost.
#include "crc32c.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace dumbwaiter;

TEST_CASE("CRC-32C gives the known sums")
{
    CHECK(crc32c("123456789") == 0xE3069283);
    CHECK(crc32c("") == 0);
    CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);  // RFC 3720, B.4
    CHECK(crc32c(std::string(32, '\xff')) == 0x62A8AB43);
}

TEST_CASE("the portable and the fast sum agree, in pieces too")
{
    std::string text;
    for (int i = 0; i < 300; i++) text.push_back(static_cast<char>(i * 7));
    for (size_t length = 0; length <= text.size(); length++) {
        size_t cut = length / 3;
        uint32_t whole = crc32c(0, text.data(), length);
        CHECK(crc32c_portable(0, text.data(), length) == whole);
        CHECK(crc32c(crc32c(0, text.data(), cut), text.data() + cut, length - cut) == whole);
        CHECK(crc32c_portable(crc32c_portable(0, text.data(), cut), text.data() + cut, length - cut) == whole);
    }
}

TEST_CASE("around a hole the sum is as if it were zero")
{
    std::string text;
    for (int i = 0; i < 150; i++) text.push_back(static_cast<char>(i * 11 + 1));
    for (size_t length = 8; length <= text.size(); length++) {
        for (size_t hole = 0; hole + 8 <= length; hole += 8) {
            std::string zeroed = text.substr(0, length);
            zeroed.replace(hole, 4, 4, '\0');
            CHECK(crc32c_around(5, text.data(), length, hole) == crc32c(5, zeroed.data(), length));
            CHECK(crc32c_around_portable(5, text.data(), length, hole) == crc32c(5, zeroed.data(), length));
        }
    }
}
