// SPDX-License-Identifier: BSD-3-Clause
//
// Plain C functions called by signature: every type there and back.
#include "plain_function.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <string>

#include "call.hpp"
#include "codec.hpp"

using namespace dumbwaiter;

namespace {

extern "C" {
int32_t negate_i32(int32_t a)
{
    return -a;
}
int64_t add_i64(int64_t a, int64_t b)
{
    return a + b;
}
uint32_t next_u32(uint32_t a)
{
    return a + 1;
}
uint64_t invert_u64(uint64_t a)
{
    return ~a;
}
float half_f32(float a)
{
    return a / 2;
}
double mixed(int32_t a, double b, float c, uint64_t d, const char* e)
{
    return a + b + static_cast<double>(c) + static_cast<double>(d) + static_cast<double>(std::strlen(e));
}
const char* behind_colon(const char* text)
{
    const char* const colon = std::strchr(text, ':');
    return colon == nullptr ? nullptr : colon + 1;
}
const char* scribble(char* text)
{
    text[0] = 'X';
    return text;
}
const char* latin1()
{
    return "caf\xe9";
}
int touched = 0;
void touch()
{
    ++touched;
}
int64_t is_null(void* pointer)
{
    return pointer == nullptr;
}
void* some_address()
{
    return reinterpret_cast<void*>(uintptr_t{0xdeadbeefcafe});
}
}

// What a function makes of arguments that are written as JSON; "! ..." is a failure's text.
template <typename Code>
std::string call(const char* text, Code* code, const char* json)
{
    const Document args = *decode(Serializer::kJson, json);
    const auto signature = parse_signature(text);
    REQUIRE(signature);
    REQUIRE(signature_faults(*signature, "f", args).empty());
    const auto function = PlainFunction::make(*signature, reinterpret_cast<void*>(code));
    REQUIRE(function);
    Call dw;
    dw.begin({.args = &args});
    if ((*function)->call(args, dw) != DW_OK) return "! " + dw.failure_text();
    REQUIRE(dw.result().finish() == DW_OK);
    return to_json(dw.result().document());
}

}  // namespace

TEST_CASE("every type goes in and comes out unchanged")
{
    CHECK(call("i32(i32)", negate_i32, "[2147483647]") == "-2147483647");
    CHECK(call("i64(i64,i64)", add_i64, "[9223372036854775807, -1]") == "9223372036854775806");
    CHECK(call("u32(u32)", next_u32, "[4294967294]") == "4294967295");
    CHECK(call("u64(u64)", invert_u64, "[0]") == "18446744073709551615");
    CHECK(call("f32(f32)", half_f32, "[0.5]") == "0.25");
    CHECK(call("f64(i32,f64,f32,u64,str)", mixed, "[-1, 0.5, 0.25, 3, \"four\"]") == "6.75");
    CHECK(call("i64(ptr)", is_null, "[0]") == "1");
}

TEST_CASE("a str result is text, NULL is null, and what is not UTF-8 is an error")
{
    CHECK(call("str(str)", behind_colon, "[\"key:w\\u00e4rt\"]") == "\"w\xc3\xa4rt\"");
    CHECK(call("str(str)", behind_colon, "[\"none\"]") == "null");
    CHECK(call("str()", latin1, "[]") == "! returned text that is not UTF-8 (at byte 3)");
}

TEST_CASE("a void result is null, a ptr result its address")
{
    touched = 0;
    CHECK(call("void()", touch, "[]") == "null");
    CHECK(touched == 1);
    CHECK(call("ptr(void)", some_address, "[]") == "244837814094590");
}

TEST_CASE("a function that writes into its text changes nothing but its own copy")
{
    const Document args = *decode(Serializer::kJson, "[\"abc\"]");
    const auto function = PlainFunction::make(*parse_signature("str(str)"), reinterpret_cast<void*>(scribble));
    REQUIRE(function);
    Call dw;
    dw.begin({.args = &args});
    CHECK((*function)->call(args, dw) == DW_OK);
    CHECK(to_json(dw.result().document()) == "\"Xbc\"");
    CHECK(to_json(args) == "[\"abc\"]");
}
