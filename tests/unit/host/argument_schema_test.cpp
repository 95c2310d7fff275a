// SPDX-License-Identifier: BSD-3-Clause
//
// Arguments against published schemas: what is refused, where, and in which words.
#include "argument_schema.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "codec.hpp"

using namespace dumbwaiter;

namespace {

const std::string kQuery = R"({"type": "array", "minItems": 2,
    "prefixItems": [{"type": "string", "description": "path"}, {"type": "string", "title": "SQL"}],
    "items": {"type": ["integer", "null"]},
    "kwargs": {"properties": {"shape": {"enum": ["row", "rows"]}, "limit": {"$ref": "#/$defs/limit"},
                              "deep": {"type": "object", "properties": {"list": {"items": {"type": "number"}}}}},
               "additionalProperties": false},
    "$defs": {"limit": {"type": "integer", "minimum": 1, "maximum": 9}}})";

Document json(const std::string& text)
{
    return *decode(Serializer::kJson, text);
}

std::string faults_of(const std::string& schema, const std::string& args, const std::string& kwargs = "{}")
{
    std::string all;
    for (const ArgumentFault& fault : argument_faults(schema, json(args), json(kwargs))) {
        all += (all.empty() ? "" : "\n") + fault.message;
    }
    return all;
}

Document time_argument()
{
    Document args;
    const uint32_t at = args.open(Type::kArray);
    args.append_i64(Type::kTime, 0);
    args.close(at, 1);
    return args;
}

}  // namespace

TEST_CASE("arguments that conform are taken")
{
    CHECK(faults_of(kQuery, R"(["a", "b"])").empty());
    CHECK(faults_of(kQuery, R"(["a", "b", 1, null])", R"({"shape": "rows", "limit": 9, "deep": {"list": [1, 0.5]}})")
              .empty());
    CHECK(faults_of("{}", R"([1, [2], {"a": null}])", R"({"x": 1})").empty());
    CHECK(faults_of("true", "[1]").empty());
    CHECK(faults_of(R"({"items": {"type": "number"}})", "[1, 0.5]").empty());
}

TEST_CASE("an argument that does not conform is named, with what it is and what was wanted")
{
    struct Row {
        std::string args, kwargs, fault;
    };
    for (const Row& row : std::vector<Row>{
             {R"([1, "b"])", "{}", "args[0] is an i64 (1), and a string (path) was wanted"},
             {R"(["a", true])", "{}", "args[1] is a bool (true), and a string (SQL) was wanted"},
             {R"(["a"])", "{}", "args[1] is missing: a string (SQL) is wanted"},
             {"[]", "{}",
              "args[0] is missing: a string (path) is wanted\nargs[1] is missing: a string (SQL) is wanted"},
             {R"(["a", "b", "c"])", "{}", "args[2] is a str (\"c\"), and an integer or null was wanted"},
             {R"([1, "b", "c"])", "{}",
              "args[0] is an i64 (1), and a string (path) was wanted\n"
              "args[2] is a str (\"c\"), and an integer or null was wanted"},
             {R"(["a", "b", 1.0])", "{}", "args[2] is an f64 (1), and an integer or null was wanted"},
             {R"(["a", "b"])", R"({"shape": "col"})",
              "kwargs.shape is a str (\"col\"), and \"row\" or \"rows\" was wanted"},
             {R"(["a", "b"])", R"({"limit": 10})",
              "kwargs.limit is an i64 (10), and an integer from 1 to 9 was wanted"},
             {R"(["a", "b"])", R"({"limt": 3})", "kwargs.limt is unknown; did you mean \"limit\"?"},
             {R"(["a", "b"])", R"({"zzzzzzz": 3})", "kwargs.zzzzzzz is unknown; the function takes deep, limit, shape"},
             {R"(["a", "b"])", R"({"deep": {"list": [1, "x"]}})",
              "kwargs.deep.list[1] is a str (\"x\"), and a number was wanted"},
         }) {
        CAPTURE(row.args);
        CAPTURE(row.kwargs);
        CHECK(faults_of(kQuery, row.args, row.kwargs) == row.fault);
    }
}

TEST_CASE("the words tell what a schema wants")
{
    struct Row {
        std::string schema, value, wanted;
    };
    for (const Row& row : std::vector<Row>{
             {R"({"type": "integer", "minimum": 3})", "1", "an integer of at least 3"},
             {R"({"type": "number", "exclusiveMinimum": 0})", "0", "a number above 0"},
             {R"({"type": "integer", "multipleOf": 5})", "7", "an integer that is a multiple of 5"},
             {R"({"type": "string", "minLength": 2, "maxLength": 4})", "\"x\"", "a string of 2 to 4 characters"},
             {R"({"type": "string", "pattern": "^a"})", "\"x\"", "a string that matches /^a/"},
             {R"({"type": "boolean"})", "0", "a boolean"},
             {R"({"type": "object"})", "[]", "a table"},
             {R"({"const": 4})", "5", "4"},
             {R"({"anyOf": [{"type": "string"}, {"type": "integer", "maximum": 3}]})", "5",
              "a string or an integer of at most 3"},
             {R"({"not": {"type": "integer"}})", "5", "something else"},
             {R"({"not": {"type": "integer"}, "description": "no integer"})", "5", "no integer"},
             {R"({"type": "array", "uniqueItems": true})", "[1, 1]", "an array, each once"},
         }) {
        CAPTURE(row.schema);
        const std::string faults = faults_of(R"({"items": )" + row.schema + "}", "[" + row.value + "]");
        CHECK_MESSAGE(faults.ends_with(", and " + row.wanted + " was wanted"), faults);
    }
}

TEST_CASE("too many arguments are counted, also where the tuple is closed")
{
    CHECK(faults_of(R"({"maxItems": 1})", "[1, 2]") == "args has 2 elements, and at most 1 can be taken");
    CHECK(faults_of(R"({"prefixItems": [{}], "items": false})", "[1, 2]") ==
          "args has 2 elements, and at most 1 can be taken");
    CHECK(faults_of(R"({"items": [{}], "additionalItems": false})", "[1, 2]") ==
          "args has 2 elements, and at most 1 can be taken");
}

TEST_CASE("kwargs that must be there are missed, and a closed table without keys takes none")
{
    const std::string schema = R"({"kwargs": {"properties": {"path": {"type": "string"}}, "required": ["path"]}})";
    CHECK(faults_of(schema, "[]") == "kwargs.path is missing: a string is wanted");
    CHECK(faults_of(R"({"kwargs": {"additionalProperties": false}})", "[]", R"({"a": 1})") ==
          "kwargs.a is unknown: the function takes none");
    CHECK(faults_of(R"({"kwargs": false})", "[]") != "");
}

TEST_CASE("what is missing is told also where nothing can be said of it")
{
    CHECK(faults_of(R"({"minItems": 1})", "[]") == "args[0] is missing");
    CHECK(faults_of(R"({"kwargs": {"required": ["a"]}})", "[]") == "kwargs.a is missing");
}

TEST_CASE("a fault of kwargs tells which entry it is in")
{
    const auto faults =
        argument_faults(kQuery, json(R"(["a", "b"])"), json(R"({"shape": "row", "deep": {"list": [""]}})"));
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].in_kwargs);
    CHECK(faults[0].entry == 1);
}

TEST_CASE("a secret is text of which nothing is known")
{
    const std::string schema =
        R"({"prefixItems": [{"type": "string", "pattern": "^x"}, {"type": "integer"}, {"enum": ["a"]}], "maxItems": 3})";
    const auto faults = [&](const char* args, uint32_t node) {
        std::string all;
        for (const ArgumentFault& fault : argument_faults(schema, json(args), json("{}"), {{false, node}}))
            all += fault.message + "\n";
        return all;
    };
    CHECK(faults(R"(["env:A", 1, "a"])", 1) == "");
    CHECK(faults(R"(["x", "env:A", "a"])", 2) == "args[1] is a str (\"env:A\"), and an integer was wanted\n");
    CHECK(faults(R"(["x", 1, "env:A"])", 3) == "");
    CHECK(faults(R"(["env:A", "1", "a"])", 1) == "args[1] is a str (\"1\"), and an integer was wanted\n");
    CHECK(faults(R"(["env:A", 1, "a", 4])", 1) == "args has 4 elements, and at most 3 can be taken\n");
}

TEST_CASE("a date-time is asked for by its format, and is no string")
{
    const std::string text = R"({"items": {"type": "string"}})";
    const std::string time = R"({"items": {"type": "string", "format": "date-time"}})";
    CHECK(argument_faults(time, time_argument(), json("{}")).empty());
    CHECK(faults_of(time, R"(["1970-01-01T00:00:00Z"])") ==
          "args[0] is a str (\"1970-01-01T00:00:00Z\"), and a date-time was wanted");
    const auto faults = argument_faults(text, time_argument(), json("{}"));
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].message.find("args[0] is a time (1970-01-01") == 0);
}

TEST_CASE("references may go into tuples, and round in values")
{
    CHECK(faults_of(R"({"prefixItems": [{"type": "string"}, {"$ref": "#/prefixItems/0"}]})", R"(["a", 1])") ==
          "args[1] is an i64 (1), and a string was wanted");
    const std::string nested = R"({"type": ["array", "integer"], "items": {"$ref": "#"}})";
    CHECK(faults_of(nested, "[[], [[1]]]").empty());
    CHECK(faults_of(nested, R"([[], [[1, ""]]])") ==
          "args[1][0][1] is a str (\"\"), and an array or an integer was wanted");
}

TEST_CASE("a text that is no schema is refused, and why")
{
    std::string deep;
    for (int i = 0; i < 3000; ++i) deep += R"({"not":)";
    struct Row {
        std::string text, fault;
    };
    for (const Row& row : std::vector<Row>{
             {"", "is no JSON"},
             {"{", "is no JSON"},
             {"[1]", "must be an object"},
             {R"({"type": "strnig"})", "strnig"},
             {R"({"type": 3})", "is no JSON Schema"},
             {R"({"minItems": -1})", "minItems"},
             {R"({"properties": 3})", "is no JSON Schema"},
             {R"({"items": {"pattern": "("}})", "is no JSON Schema"},
             {R"({"$ref": "#/nowhere"})", "refers to \"#/nowhere\", which is not in it"},
             {R"({"$ref": "http://example.org/schema"})", "which is not in it"},
             {R"({"$ref": "#"})", "which is not in it"},
             {R"({"allOf": [{"$ref": "#"}]})", "refers to itself"},
             {R"({"items": {"anyOf": [{"type": "null"}, {"$ref": "#/items"}]}})", "refers to itself"},
             {R"({"kwargs": {"type": "tabel"}})", "tabel"},
             {deep + "{}" + std::string(3000, '}'), "nests deeper than 64"},
         }) {
        CAPTURE(row.text.substr(0, 80));
        const std::string fault = schema_fault(row.text);
        CHECK_MESSAGE(fault.find(row.fault) != std::string::npos, fault);
        CHECK(faults_of(row.text, "[]").empty());
    }
}

TEST_CASE("schemas of both dialects are taken")
{
    for (
        const std::string text :
        {R"({"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:x", "prefixItems": [{}]})",
         R"({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{}], "additionalItems": {"type": "null"}})",
         R"({"definitions": {"a": {"type": "null"}}, "items": {"$ref": "#/definitions/a"}})", "{}", "true"}) {
        CHECK_MESSAGE(schema_fault(text).empty(), schema_fault(text));
    }
}
