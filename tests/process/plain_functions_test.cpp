// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of the C library without a line of plugin code, and arguments checked by published schemas.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <ctime>
#include <string>
#include <vector>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

std::string plain(const std::string& name, const std::string& function, const std::string& signature,
                  const std::string& args)
{
    return entry(name, function, "signature = \"" + signature + "\"\nargs = " + args);
}

}  // namespace

TEST_CASE("functions of libm and libc run without plugin code, bit for bit")
{
    World world;
    world.write(plain("cos", "libm.so.6:cos", "f64(f64)", "[0.5]") +
                plain("pow", "libm.so.6:pow", "f64(f64, f64)", "[1.1, 7]") +
                plain("hypotf", "libm.so.6:hypotf", "f32(f32, f32)", "[0.1, 0.2]") +
                plain("time", "libc.so.6:time", "i64(ptr)", "[0]") +
                plain("strlen", "libc.so.6:strlen", "u64(str)", "[\"gr\\u00f6\\u00dfe\"]") +
                plain("strstr", "libc.so.6:strstr", "str(str, str)", "[\"a needle here\", \"needle\"]") +
                plain("getenv", "libc.so.6:getenv", "str(str)", "[\"DUMBWAITER_NOBODY_SETS_THIS\"]") +
                plain("labs", "libc.so.6:labs", "i64(i64)", "[-9223372036854775807]") +
                plain("toupper", "libc.so.6:toupper", "i32(i32)", "[97]") +
                plain("atoi", "libc.so.6:atoi", "i32(str)", "[\"-12\"]") +
                plain("srand", "libc.so.6:srand", "void(u32)", "[7]"));
    const auto before = std::time(nullptr);
    REQUIRE(world.run({"check"}).code == 0);
    REQUIRE(world.once().code == 0);
    const auto value = [&](const char* name) { return world.reading(name)["value"]; };
    volatile double half = 0.5, base = 1.1;  // so that the library computes, and not the compiler
    CHECK(std::bit_cast<uint64_t>(value("cos").get<double>()) == std::bit_cast<uint64_t>(std::cos(half)));
    CHECK(std::bit_cast<uint64_t>(value("pow").get<double>()) == std::bit_cast<uint64_t>(std::pow(base, 7.0)));
    volatile float a = 0.1F, b = 0.2F;
    CHECK(value("hypotf").get<double>() == static_cast<double>(hypotf(a, b)));
    CHECK(value("time").get<int64_t>() >= before);
    CHECK(value("time").get<int64_t>() <= std::time(nullptr));
    CHECK(value("strlen") == 7);
    CHECK(value("strstr") == "needle here");
    CHECK(value("getenv").is_null());
    CHECK(value("labs") == INT64_MAX);
    CHECK(value("toupper") == 65);
    CHECK(value("atoi") == -12);
    CHECK(value("srand").is_null());
}

TEST_CASE("a str that is not UTF-8 is an error report")
{
    World world;
    // The byte behind the first of a character of two.
    world.write(plain("half", "libc.so.6:strpbrk", "str(str, str)", "[\"\\u00e9\", \"\\u00a9\"]"));
    CHECK(world.once().code == 1);
    REQUIRE(world.errors("half").size() == 1);
    CHECK(has(world.errors("half")[0]["text"], "not UTF-8 (at byte 0)"));
}

TEST_CASE("`check` calls nothing")
{
    World world;
    world.write(plain("abort", "libc.so.6:abort", "void()", "[]"));
    CHECK(world.run({"check"}).code == 0);
}

TEST_CASE("what is wrong with a plain function or its arguments is told with file, line and column; nothing starts")
{
    // World::write puts four lines before the functions.
    struct Row {
        std::string text;
        std::vector<std::string> parts;
    };
    const std::vector<Row> rows = {
        {plain("a", "libm.so.6:cos", "f64(f46)", "[0.5]"), {"dumbwaiter.toml:7:1: ", "did you mean \"f64\"?"}},
        {plain("a", "libm.so.6:cos", "f64(f64)", "[]"), {"dumbwaiter.toml:8:1: ", "takes 1 argument"}},
        {plain("a", "libm.so.6:cos", "f64(f64)", "[\"x\"]"), {"dumbwaiter.toml:8:1: ", "args[0] is a str"}},
        {plain("a", "libc.so.6:toupper", "i32(i32)", "[300000000000]"), {"dumbwaiter.toml:8:1: ", "an i32 was wanted"}},
        {plain("a", "libc.so.6:time", "i64(ptr)", "[1]"), {"dumbwaiter.toml:8:1: ", "a ptr takes only 0"}},
        {plain("a", "libc.so.6:strlen", "u64(str)", "[\"a\\u0000b\"]"), {"dumbwaiter.toml:8:1: ", "NUL"}},
        {plain("a", "libm.so.6:cos", "f64(f64)", "[0.5]") + "kwargs = { x = 1 }",
         {"dumbwaiter.toml:9:1: ", "no kwargs"}},
        {plain("a", "libm.so.6:coss", "f64(f64)", "[0.5]"), {"dumbwaiter.toml:6:1: ", "did you mean \"cos\"?"}},
        {plain("a", "libabsent.so.9:cos", "f64(f64)", "[0.5]"), {"dumbwaiter.toml:6:1: ", "libabsent.so.9"}},
        {"[functions.a]\nfunction = \"schema.so:scaled\"\nargs = [\"x\"]",
         {"dumbwaiter.toml:7:1: args[0] is a str (\"x\"), "
          "and a number was wanted"}},
        {"[functions.a]\nfunction = \"schema.so:scaled\"", {"dumbwaiter.toml:5:12: args[0] is missing"}},
        {"[functions.a]\nfunction = \"schema.so:scaled\"\nargs = [1]\n[functions.a.kwargs]\nby = 2\nunits = \"m\"",
         {"dumbwaiter.toml:10:1: kwargs.units is unknown; did you mean \"unit\"?"}},
        {"[functions.a]\nfunction = \"schema.so:scaled\"\nargs = [1]\nkwargs = { unit = \"inch\", by = 11 }",
         {"dumbwaiter.toml:8:12: kwargs.unit is a str (\"inch\"), and \"m\" or \"km\" was wanted",
          "dumbwaiter.toml:8:27: kwargs.by is an i64 (11), and an integer from 1 to 10 was wanted"}},
        {"[functions.a]\nfunction = \"schema.so:nonsense\"", {"dumbwaiter.toml:6:1: ", "schema.so", "its args_schema"}},
    };
    World world;
    for (const Row& row : rows) {
        world.write(row.text);
        const Done check = world.run({"check"});
        CAPTURE(row.text);
        CAPTURE(check.err);
        CHECK(check.code == 2);
        for (const std::string& part : row.parts) CHECK(has(check.err, part));
        CHECK(world.once().code == 2);
        CHECK_FALSE(std::filesystem::exists(world.store()));
    }
}

TEST_CASE("arguments that fit the schema run; `inspect` shows schemas, and the fault of one that is none")
{
    World world;
    world.write("[functions.a]\nfunction = \"schema.so:scaled\"\nargs = [1.5]\nkwargs = { unit = \"km\", by = 2 }");
    REQUIRE(world.once().code == 0);
    CHECK(world.reading("a")["value"] == 3.0);
    const Done inspect = world.run({"inspect", test_plugin("schema.so").string()});
    CHECK(inspect.code == 2);
    CHECK(has(inspect.out, "\"enum\": [\"m\", \"km\"]"));
    CHECK(has(inspect.out, "refused    its args_schema is no JSON Schema: "));
}
