// SPDX-License-Identifier: BSD-3-Clause
//
// The test plugins do what their names say, so that other tests may rely on them.
#include <doctest/doctest.h>

#include <filesystem>

#include "invocation.hpp"

using namespace dumbwaiter;

TEST_CASE("results that break the rules are refused")
{
    struct Row {
        const char *library, *symbol;
        int32_t code;
    };
    const Row rows[] = {
        {"misuse", "unclosed", DW_MISUSE},
        {"misuse", "closed_twice", DW_MISUSE},
        {"misuse", "duplicate_key", DW_MISUSE},
        {"misuse", "key_without_map", DW_MISUSE},
        {"misuse", "value_without_key", DW_MISUSE},
        {"misuse", "key_without_value", DW_MISUSE},
        {"misuse", "two_values", DW_MISUSE},
        {"misuse", "bad_utf8", DW_MISUSE},
        {"misuse", "too_deep", DW_LIMIT},
        {"misuse", "deepest", DW_OK},
        {"misuse", "no_handle", DW_ERROR},
        {"too_large", "string", DW_LIMIT},
        {"too_large", "numbers", DW_LIMIT},
        {"too_large", "code", DW_LIMIT},
        {"unlisted", "seventy_seven", 77},
        {"disable", "disable", DW_DISABLE},
        {"unchanged", "at_once", DW_UNCHANGED},
        {"unchanged", "after_put", DW_UNCHANGED},
        {"tick", "fails", DW_ERROR},
        {"tick", "silently_fails", DW_ERROR},
    };
    for (const Row& row : rows) {
        CAPTURE(row.symbol);
        CHECK(run(test_plugin(row.library), row.symbol).code == row.code);
    }
}

TEST_CASE("test functions give what their summaries say")
{
    struct Row {
        const char *library, *symbol, *args, *kwargs, *value;
    };
    const Row rows[] = {
        {"tick", "silent", "[]", "{}", "null"},
        {"tick", "sequence", "[]", "{}", "7"},
        {"echo", "echo", R"([1, "two", [3.0], {"four": null}])", "{}", R"([1,"two",[3.0],{"four":null}])"},
        {"echo", "kwargs", "[]", R"({"z": 1, "a": 2})", R"({"z":1,"a":2})"},
        {"echo", "node_by_node", R"([1, "two", [3.0], {"four": null}, true])", R"({"z": 18446744073709551615})",
         R"([[1,"two",[3.0],{"four":null},true],{"z":18446744073709551615}])"},
        {"echo", "half", "[]", R"({"n": 5})", "2.5"},
        {"longer_info", "longer_info", "[]", "{}", R"("ran")"},
        {"must_understand", "ignorable_flag", "[]", "{}", R"("ran")"},
        {"no_macros", "plain", "[]", "{}", "1234"},
        {"chain", "successor", "[]", "{}", "1"},
        {"state", "none", "[]", "{}", "true"},
        {"nan", "whole", "[]", "{}", "2.0"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.symbol);
        const Left left = run(test_plugin(row.library), row.symbol, row.args, row.kwargs);
        CHECK(left.text == "");
        CHECK(left.value == row.value);
    }
}

TEST_CASE("a wrong argument is named in the report")
{
    const Left left = run(test_plugin("echo"), "half", "[]", R"({"n": "seven"})");
    CHECK(left.code == DW_ERROR);
    CHECK(left.text.find("kwargs.n") != std::string::npos);
}

TEST_CASE("retry works after as many failures as it was told")
{
    Entry entry(test_plugin("retry"), "retry", "[2]");
    CHECK(entry.run().code == DW_RETRY);
    CHECK(entry.run().code == DW_RETRY);
    CHECK(entry.run().value == "3");
}

TEST_CASE("a create that fails is tried again")
{
    Entry entry(test_plugin("state"), "late");
    CHECK(entry.run().text == "the state cannot be made yet");
    CHECK(entry.run().value == "1");
    CHECK(entry.run().value == "2");
}

TEST_CASE("exceptions leave functions and create")
{
    CHECK_THROWS_WITH_AS(run(test_plugin("throws"), "std_exception"), "thrown on purpose", std::runtime_error);
    CHECK_THROWS_AS(run(test_plugin("throws"), "number"), int);
    CHECK_THROWS_AS(run(test_plugin("throws"), "create"), std::runtime_error);
}

TEST_CASE("what waits wakes when it is cancelled")
{
    struct Row {
        const char *library, *symbol;
        int32_t code;
    };
    for (const Row& row : {Row{"hangs", "politely", DW_CANCELLED},
                           {"hangs", "spins", DW_CANCELLED},
                           {"hangs", "finishes", DW_OK},
                           {"polls", "polls", DW_CANCELLED}}) {
        CAPTURE(row.symbol);
        Entry entry(test_plugin(row.library), row.symbol);
        entry.cancellation().cancel();
        CHECK(entry.run().code == row.code);
    }
}

TEST_CASE("a library that lacks a symbol is not loaded")
{
    CHECK_THROWS_AS(run(test_plugin("missing_dependency"), "orphan"), std::runtime_error);
}

TEST_CASE("a plugin in Rust is one like any other")
{
    if (!std::filesystem::exists(test_plugin("rust_plain"))) return;  // there is no Rust compiler
    CHECK(run(test_plugin("rust_plain"), "square", "[12]").value == "144");
    CHECK(run(test_plugin("rust_plain"), "square", "[]").code == DW_ERROR);
    CHECK(run(test_plugin("rust_plain"), "square", "[\"x\"]").text.find("args[0]") == 0);
    CHECK(run(test_plugin("rust_plain"), "square", "[9000000000]").text == "args[0] is too large to be squared");
}
