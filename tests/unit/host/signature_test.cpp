// SPDX-License-Identifier: BSD-3-Clause
//
// Signatures of plain C functions: what can be written, what is said of the rest, and which arguments fit.
#include "signature.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using namespace dumbwaiter;

namespace {

std::string written(const Signature& signature)
{
    std::string text(c_type_name(signature.result));
    text += '(';
    for (size_t i = 0; i < signature.parameters.size(); ++i) {
        text += (i == 0 ? "" : ",") + std::string(c_type_name(signature.parameters[i]));
    }
    return text + ')';
}

Document array_of(const std::vector<Document>& items)
{
    Document array;
    const uint32_t at = array.open(Type::kArray);
    for (const Document& item : items) array.append_subtree(item, 0);
    array.close(at, items.size());
    return array;
}

Document of(int64_t number)
{
    Document document;
    document.append_i64(Type::kI64, number);
    return document;
}
Document of(int number)
{
    return of(int64_t{number});
}
Document of(double number)
{
    Document document;
    document.append_f64(number);
    return document;
}
Document of(std::string_view text)
{
    Document document;
    document.append_text(Type::kStr, text);
    return document;
}
Document of_bool(bool truth)
{
    Document document;
    document.append_i64(Type::kBool, truth ? 1 : 0);
    return document;
}
Document of_time()
{
    Document document;
    document.append_i64(Type::kTime, 0);
    return document;
}

}  // namespace

TEST_CASE("a signature is a type and its arguments' types, with or without spaces")
{
    const std::string all = "i32,i64,u32,u64,f32,f64,str,ptr";
    struct Row {
        std::string text, read;
    };
    for (const Row& row : std::vector<Row>{{"f64(f64)", "f64(f64)"},
                                           {"void()", "void()"},
                                           {"void(void)", "void()"},
                                           {"i64( void )", "i64()"},
                                           {" i64 ( ptr ) ", "i64(ptr)"},
                                           {"u64(str)", "u64(str)"},
                                           {"i32(str,str)", "i32(str,str)"},
                                           {"ptr(" + all + ")", "ptr(" + all + ")"},
                                           {"str(str ,\tu32)", "str(str,u32)"}}) {
        CAPTURE(row.text);
        const auto signature = parse_signature(row.text);
        REQUIRE(signature);
        CHECK(written(*signature) == row.read);
    }
}

TEST_CASE("a wrong signature is told at its character, with what to write instead")
{
    struct Row {
        std::string text, fragment;
    };
    for (const Row& row :
         std::vector<Row>{{"f64", "at its end: \"(\" is missing: write RESULT(ARGUMENTS), such as f64(f64)"},
                          {"(f64)", "at character 1: a type is missing: one of void, i32"},
                          {"", "a type is missing"},
                          {"f46(f64)", "at character 1: \"f46\" is no type; did you mean \"f64\"?"},
                          {"f64(f46)", "at character 5: \"f46\" is no type; did you mean \"f64\"?"},
                          {"f64( i32, F64)", "at character 11: \"F64\" is no type; did you mean \"f64\"?"},
                          {"f64(f64", "at its end: \")\" is missing"},
                          {"f64(f64))", "at character 9: nothing may follow the \")\""},
                          {"f64(f64) cos", "at character 10: nothing may follow"},
                          {"f64(f64,)", "at character 9: a type is missing"},
                          {"f64(,f64)", "at character 5: a type is missing"},
                          {"f64(f64 f64)", "at character 5: \"f64 f64\" is no type"},
                          {"double(f64)", "at character 1: \"double\" is no type here: write f64"},
                          {"f64(double)", "at character 5: \"double\" is no type here: write f64"},
                          {"i32(const char *)", "\"const char *\" is no type here: write str"},
                          {"i32(unsigned long)", "write u64"},
                          {"u64(size_t)", "write u64"},
                          {"i32(int)", "write i32"},
                          {"void(void*)", "write ptr"},
                          {"i32(str, ...)", "a function with a variable number of arguments cannot be called"},
                          {"i32(void, i32)", "at character 5: \"void\" is no type of an argument"},
                          {"i32(i32, void)", "at character 10: \"void\" is no type of an argument"},
                          {"i32(struct tm)", "; the types are i32, i64, u32, u64, f32, f64, str, ptr"},
                          {"quaternion()", "; the types are void, i32"}}) {
        CAPTURE(row.text);
        const auto signature = parse_signature(row.text);
        REQUIRE(!signature);
        CHECK_MESSAGE(signature.error().message.find(row.fragment) != std::string::npos, signature.error().message);
    }
}

TEST_CASE("a function takes at most 32 arguments")
{
    std::string text = "i32(i32";
    for (size_t i = 1; i < kMostParameters; ++i) text += ",i32";
    CHECK(parse_signature(text + ")"));
    CHECK(!parse_signature(text + ",i32)"));
}

TEST_CASE("arguments that fit are taken")
{
    constexpr int64_t kExact = int64_t{1} << 53;
    struct Row {
        std::string signature;
        Document args;
    };
    const std::vector<Row> rows = {
        {"f64()", array_of({})},
        {"f64()", {}},
        {"f64(f64)", array_of({of(0.5)})},
        {"f64(f64)", array_of({of(7)})},
        {"f64(f64,f64)", array_of({of(kExact), of(-kExact)})},
        {"f64(f64)", array_of({of(std::numeric_limits<double>::infinity())})},
        {"f32(f32)", array_of({of(0.1)})},
        {"f32(f32)", array_of({of(1 << 24)})},
        {"f32(f32)", array_of({of(std::numeric_limits<double>::quiet_NaN())})},
        {"i32(i32,i32)", array_of({of(INT32_MIN), of(INT32_MAX)})},
        {"i32(u32)", array_of({of(int64_t{UINT32_MAX})})},
        {"i32(i64,i64)", array_of({of(INT64_MIN), of(INT64_MAX)})},
        {"i32(u64)", array_of({of(INT64_MAX)})},
        {"u64(str)", array_of({of(std::string_view())})},
        {"u64(str)", array_of({of(std::string_view("gr\xc3\xb6\xc3\x9f"
                                                   "e"))})},
        {"i64(ptr)", array_of({of(0)})},
    };
    for (const Row& row : rows) {
        CAPTURE(row.signature);
        const auto faults = signature_faults(*parse_signature(row.signature), "f", row.args);
        CHECK_MESSAGE(faults.empty(), faults.front());
    }
}

TEST_CASE("arguments that do not fit are named, with what they are and what was wanted")
{
    struct Row {
        std::string signature;
        Document args;
        std::string fault;
    };
    const std::vector<Row> rows = {
        {"f64(f64)", array_of({}), "f takes 1 argument (f64), and args has 0"},
        {"f64(f64)", array_of({of(1), of(2)}), "f takes 1 argument (f64), and args has 2"},
        {"f64()", array_of({of(1)}), "f takes 0 arguments (), and args has 1"},
        {"f64(f64,str)", array_of({of(1)}), "f takes 2 arguments (f64, str), and args has 1"},
        {"f64(f64)", array_of({of(std::string_view("x"))}), "args[0] is a str (\"x\"), and an f64 was wanted"},
        {"f64(f64)", array_of({of((int64_t{1} << 53) + 1)}), "write it as a float"},
        {"f32(f32)", array_of({of((1 << 24) + 1)}), "an f32 was wanted, which holds integers up to 16777216"},
        {"f32(f32)", array_of({of(1e39)}), "and an f32 was wanted: 3.40"},
        {"f64(f64)", array_of({of_bool(true)}), "args[0] is a bool (true), and an f64 was wanted"},
        {"i32(i32)", array_of({of(int64_t{300000000000})}),
         "args[0] is an i64 (300000000000), and an i32 was wanted: -2147483648 to 2147483647"},
        {"i32(i32)", array_of({of(int64_t{INT32_MIN} - 1)}), "and an i32 was wanted: -2147483648"},
        {"i32(i32)", array_of({of(1.0)}), "args[0] is an f64 (1), and an i32 was wanted"},
        {"i32(u32)", array_of({of(-1)}), "and a u32 was wanted: 0 to 4294967295"},
        {"i32(u32)", array_of({of(int64_t{UINT32_MAX} + 1)}), "and a u32 was wanted: 0 to 4294967295"},
        {"i32(u64)", array_of({of(-1)}), "and a u64 was wanted: 0 to 18446744073709551615"},
        {"i32(i64)", array_of({of(std::string_view("1"))}), "and an i64 was wanted"},
        {"i32(i64)", array_of({of_time()}), "args[0] is a time"},
        {"i32(i64)", array_of({array_of({})}), "args[0] is an array of 0, and an i64 was wanted"},
        {"u64(str)", array_of({of(3)}), "args[0] is an i64 (3), and a str was wanted"},
        {"u64(str)", array_of({of(std::string_view("a\0b", 3))}), "ends at its first NUL"},
        {"i64(ptr)", array_of({of(5)}), "args[0] is an i64 (5), and a ptr takes only 0"},
        {"i64(ptr)", array_of({of(0.0)}), "and a ptr takes only 0"},
        {"f64(f64,i32)", array_of({of(0.5), of(0.5)}), "args[1] is an f64 (0.5), and an i32 was wanted"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.fault);
        const auto faults = signature_faults(*parse_signature(row.signature), "f", row.args);
        REQUIRE(faults.size() == 1);
        CHECK_MESSAGE(faults[0].find(row.fault) != std::string::npos, faults[0]);
    }
}

TEST_CASE("every argument that does not fit is told")
{
    CHECK(signature_faults(*parse_signature("f64(f64,i32)"), "f", array_of({of_bool(true), of(0.5)})).size() == 2);
}
