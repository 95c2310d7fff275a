// SPDX-License-Identifier: BSD-3-Clause
//
// Names and keys.
#include "key.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace dumbwaiter;

TEST_CASE("names are 1 to 200 of A-Za-z0-9_.:-")
{
    for (std::string good : {std::string("a"), std::string("Z9_.:-"), std::string(200, 'x')})
        CHECK(is_valid_name(good));
    for (std::string bad : {std::string(""), std::string("#info"), std::string("a b"), std::string("a/b"),
                            std::string("\xc3\xa9"), std::string("a\0", 2), std::string(201, 'x')}) {
        CAPTURE(bad);
        CHECK_FALSE(is_valid_name(bad));
    }
}

TEST_CASE("a history key is the name, a zero byte and the sequence counted down")
{
    CHECK(history_key("seed", 1) == std::string("seed\0\xff\xff\xff\xff\xff\xff\xff\xfe", 13));
    auto key = history_key("seed", 0x0102030405060708);
    auto parsed = parse_history_key(key);
    REQUIRE(parsed);
    CHECK(parsed->name == "seed");
    CHECK(parsed->sequence == 0x0102030405060708);
}

TEST_CASE("the byte order of keys groups names and puts the newest first")
{
    std::vector<std::string> keys = {history_key("a", 256), history_key("a", 255),         history_key("a", 1),
                                     history_key("a.b", 2), history_key("ab", UINT64_MAX), history_key("ab", 1)};
    CHECK(std::is_sorted(keys.begin(), keys.end()));
}

TEST_CASE("keys that are none are refused")
{
    CHECK_FALSE(parse_history_key("").has_value());
    CHECK_FALSE(parse_history_key("count").has_value());
    CHECK_FALSE(parse_history_key(std::string(9, '\0')).has_value());
    CHECK_FALSE(parse_history_key("abcdefghijklmn").has_value());
    CHECK_FALSE(parse_history_key(std::string("a b\0\0\0\0\0\0\0\0\0", 12)).has_value());
}
