// SPDX-License-Identifier: BSD-3-Clause
#include "json_words.hpp"

#include <doctest/doctest.h>

using namespace dumbwaiter;

namespace {

JsonWord word_of(std::string_view json, std::string_view key)
{
    JsonWord word{key};
    find_words(json, {&word});
    return word;
}

constexpr std::string_view kJson =
    R"({ "text": "\"a\": 1, }{", "in": {"a": 2, "b": [3, {"c": 4}]}, "a" : -5 , "flag":true,"real":1.5, "z":9, "z":8})";

}  // namespace

TEST_CASE("a number or a word is found at the top of an object alone")
{
    CHECK(word_of(kJson, "a").integer() == -5);
    CHECK(word_of(kJson, "z").integer() == 9);
    CHECK(word_of(kJson, "flag").boolean() == true);
    CHECK(word_of(kJson, "b").text.empty());
    CHECK(word_of(kJson, "c").text.empty());
}

TEST_CASE("all words that are looked for are found in one pass, whatever their order")
{
    JsonWord z{"z"}, none{"none"}, a{"a"};
    find_words(kJson, {&z, &none, &a});
    CHECK(z.integer() == 9);
    CHECK(a.integer() == -5);
    CHECK(none.text.empty());
}

TEST_CASE("a field of another type is none")
{
    for (const char* key : {"text", "in", "real", "flag"}) {
        CAPTURE(key);
        CHECK(word_of(kJson, key).integer() == std::nullopt);
        CHECK(word_of(kJson, key).natural() == std::nullopt);
    }
    CHECK(word_of(kJson, "a").natural() == std::nullopt);
    CHECK(word_of(kJson, "a").boolean() == std::nullopt);
    CHECK(word_of(R"({"a":"true"})", "a").boolean() == std::nullopt);
    CHECK(word_of(R"({"a":18446744073709551616})", "a").natural() == std::nullopt);
}

TEST_CASE("what is no object, or breaks off before a value, has no words")
{
    for (const char* broken : {"", "{", "\"a", "{\"a", "{\"a\"", "{\"a\":", "[1]", "{\"a\\"}) {
        CAPTURE(broken);
        CHECK(word_of(broken, "a").text.empty());
    }
}
