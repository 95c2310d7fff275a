// SPDX-License-Identifier: BSD-3-Clause
//
// Documents that are written and read field by field, without a parser.
#include "json_object.hpp"

#include <doctest/doctest.h>

#include "codec.hpp"

using namespace dumbwaiter;

TEST_CASE("an object of fields is JSON, whatever they hold")
{
    JsonObject object;
    object.text("plain", "a:b").text("odd", "q\"\\\n\x01 \xc3\xa9").integer("least", INT64_MIN).real("whole", 60);
    object.real("part", 0.25).real("small", 1e-9).boolean("yes", true).null("none");
    Builder& list = object.field("list");
    list.open_array();
    list.put_i64(1);
    list.close();
    const std::string json = object.integer("last", 7).finish();
    CHECK(json ==
          "{\"plain\":\"a:b\",\"odd\":\"q\\\"\\\\\\n\\u0001 \xc3\xa9\",\"least\":-9223372036854775808,"
          "\"whole\":60.0,\"part\":0.25,\"small\":1e-09,\"yes\":true,\"none\":null,\"list\":[1],\"last\":7}");
    CHECK(decode(Serializer::kJson, json));
    CHECK(JsonObject().finish() == "{}");
}

TEST_CASE("a field is found at the top alone, and only if it is of the type that is asked for")
{
    constexpr std::string_view kJson =
        R"({ "text": "\"a\": 1, }{", "in": {"a": 2, "b": [3, {"c": 4}]}, "a" : -5 , "flag":true,"real":1.5, "z":9})";
    CHECK(integer_field(kJson, "a") == -5);
    CHECK(integer_field(kJson, "z") == 9);
    CHECK(integer_field(kJson, "b") == std::nullopt);
    CHECK(integer_field(kJson, "c") == std::nullopt);
    CHECK(integer_field(kJson, "text") == std::nullopt);
    CHECK(integer_field(kJson, "in") == std::nullopt);
    CHECK(integer_field(kJson, "real") == std::nullopt);
    CHECK(boolean_field(kJson, "flag") == true);
    CHECK(boolean_field(kJson, "a") == std::nullopt);
    for (const char* broken : {"", "{", "\"a", "{\"a", "{\"a\"", "{\"a\":", "[1]", "{\"a\\"}) {
        CHECK(integer_field(broken, "a") == std::nullopt);
    }
}
