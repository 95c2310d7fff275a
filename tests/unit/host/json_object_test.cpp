// SPDX-License-Identifier: BSD-3-Clause
//
// Documents that are written field by field.
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
