// SPDX-License-Identifier: BSD-3-Clause
//
// plugin.hpp, seen from the host: what functions of cpp.so leave.
#include <doctest/doctest.h>

#include "invocation.hpp"

using namespace dumbwaiter;

TEST_CASE("plugin.hpp converts what a lambda returns")
{
    struct Row {
        const char *symbol, *args, *kwargs, *value;
    };
    const Row rows[] = {
        {"everything", "[]", "{}",
         R"([null,true,-1,18446744073709551615,0.5,"text","string","view",[1,2],[true],[3,4],["a","b"],)"
         R"({"none":null,"one":1},{"z":1,"a":2},"or","/tmp",null])"},
        {"time", "[]", "{}", R"("2023-11-14T22:13:20.000000000Z")"},
        {"bytes", "[]", "{}", R"({"base64":"AP8="})"},
        {"nothing", "[]", "{}", "null"},
        {"streamed", "[]", "{}", R"({"name":"previous","numbers":[0,1,2]})"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.symbol);
        const Left left = run(test_plugin("cpp"), row.symbol, row.args, row.kwargs);
        CHECK(left.code == DW_OK);
        CHECK(left.value == row.value);
    }
}

TEST_CASE("plugin.hpp converts arguments")
{
    struct Row {
        const char *symbol, *args, *kwargs, *value;
    };
    const Row rows[] = {
        {"order", R"([{"id": 3, "total": 1.5}])", "{}", R"([{"id":3,"total":3.0}])"},
        {"sum", "[[1, 2.5]]", "{}", "3.5"},
        {"sum", "[[1, 2.5]]", R"({"by": 2})", "7.0"},
        {"sum", "[[]]", "{}", "0.0"},
        {"walk", R"([null, "x", [], {}])", R"({"b": true, "a": 1})", R"(["b1","a2","0","5","8","9"])"},
        {"table", R"([{"a": 1, "b": 2}])", "{}", "3"},
        {"narrow", "[-128]", "{}", "-128"},
        {"copy", R"([{"a": [1, "two"]}])", "{}", R"({"a":[1,"two"]})"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.symbol);
        const Left left = run(test_plugin("cpp"), row.symbol, row.args, row.kwargs);
        CHECK(left.text == "");
        CHECK(left.value == row.value);
    }
}

TEST_CASE("an argument that does not fit ends the function with a text that names it")
{
    struct Row {
        const char *symbol, *args, *kwargs, *text;
    };
    const Row rows[] = {
        {"narrow", "[]", "{}", "args[0] is missing"},
        {"narrow", "[128]", "{}", "args[0]: an argument is 128, wanted an integer from -128 to 127"},
        {"narrow", R"(["x"])", "{}", "args[0] is"},
        {"sum", R"([[1, "x"]])", "{}", "args[0][1] is"},
        {"sum", "[5]", "{}", "args[0] is"},
        {"sum", "[[1]]", R"({"by": "x"})", "kwargs.by is"},
        {"order", R"([{"id": 3}])", "{}", "args[0]: there is no key total in a map"},
        {"copy", "[]", "{}", "there is no element 0 in an array of 0"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.symbol);
        CAPTURE(row.args);
        const Left left = run(test_plugin("cpp"), row.symbol, row.args, row.kwargs);
        CHECK(left.code == DW_ERROR);
        CHECK(left.text.substr(0, std::string_view(row.text).size()) == row.text);
    }
}

TEST_CASE("outcomes are returned or thrown, each as its own code")
{
    struct Row {
        const char* how;
        int32_t code;
        const char* text;
    };
    const Row rows[] = {
        {"value", DW_OK, ""},
        {"unchanged", DW_UNCHANGED, ""},
        {"failed", DW_ERROR, "failed on purpose"},
        {"retry", DW_RETRY, "retry on purpose"},
        {"disable", DW_DISABLE, "disable on purpose"},
        {"cancelled", DW_CANCELLED, "cancelled"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.how);
        const Left left = run(test_plugin("cpp"), "outcome", "[\"" + std::string(row.how) + "\"]");
        CHECK(left.code == row.code);
        CHECK(left.text == row.text);
    }
}

TEST_CASE("other exceptions are left to the host")
{
    CHECK_THROWS_WITH_AS(run(test_plugin("cpp"), "outcome", "[\"throw\"]"), "thrown on purpose", std::runtime_error);
}

TEST_CASE("a put that is refused ends the function, and the host says why")
{
    const Left left = run(test_plugin("cpp"), "misuse");
    CHECK(left.code == DW_MISUSE);
    CHECK(left.text != "");
}

TEST_CASE("a function reads its previous value")
{
    Entry entry(test_plugin("cpp"), "previous");
    CHECK(entry.run().value == "1");
    entry.services().previous = 41;
    CHECK(entry.run().value == "42");
}

TEST_CASE("a state is made from the call, once an entry")
{
    Entry entry(test_plugin("cpp"), "counter", "[]", R"({"from": 10})");
    CHECK(entry.run().value == "11");
    CHECK(entry.run().value == "12");
    CHECK(run(test_plugin("cpp"), "counter").value == "1");
    CHECK(run(test_plugin("cpp"), "counter", "[]", R"({"from": "x"})").code == DW_ERROR);
}
