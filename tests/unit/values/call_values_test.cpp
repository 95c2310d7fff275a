// SPDX-License-Identifier: BSD-3-Clause
//
// call.hpp: arguments and read values through the api table, as a plugin sees them.
#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <string>

#include "call_fixture.hpp"

using namespace dumbwaiter;
using namespace std::string_literals;
using samples::CallFixture;
namespace s = dumbwaiter::samples;

namespace {

constexpr int64_t kExact = int64_t{1} << 53;

}  // namespace

TEST_CASE_FIXTURE(CallFixture, "types and counts are those of the values")
{
    const uint32_t types[] = {DW_TYPE_STR,   DW_TYPE_I64,  DW_TYPE_F64, DW_TYPE_BOOL,  DW_TYPE_NULL,
                              DW_TYPE_BYTES, DW_TYPE_TIME, DW_TYPE_U64, DW_TYPE_ARRAY, DW_TYPE_I64};
    CHECK(dw_type(&call, dw_args(&call)) == DW_TYPE_ARRAY);
    CHECK(dw_type(&call, dw_kwargs(&call)) == DW_TYPE_MAP);
    CHECK(dw_count(&call, dw_args(&call)) == std::size(types));
    CHECK(dw_count(&call, dw_kwargs(&call)) == 3);
    for (uint64_t i = 0; i < std::size(types); ++i) CHECK(dw_type(&call, arg(i)) == types[i]);
    CHECK(dw_count(&call, arg(0)) == 5);
    CHECK(dw_count(&call, arg(1)) == 0);
    CHECK(dw_count(&call, arg(5)) == 2);
}

TEST_CASE_FIXTURE(CallFixture, "args and kwargs are there even when nobody gave any")
{
    context = {};
    call.begin(context);
    CHECK(dw_type(&call, dw_args(&call)) == DW_TYPE_ARRAY);
    CHECK(dw_count(&call, dw_args(&call)) == 0);
    CHECK(dw_type(&call, dw_kwargs(&call)) == DW_TYPE_MAP);
    CHECK(dw_count(&call, dw_kwargs(&call)) == 0);
}

TEST_CASE_FIXTURE(CallFixture, "only what the rules name converts")
{
    struct Row {
        Document value;
        int32_t as_bool, as_i64, as_u64, as_f64, as_time, as_str, as_bytes;
    };
    constexpr int32_t no = DW_TYPE_MISMATCH, ok = DW_OK;
    for (const Row& row : {
             Row{s::null(), no, no, no, no, no, no, no},
             Row{s::boolean(true), ok, no, no, no, no, no, no},
             Row{s::i64(0), no, ok, ok, ok, no, no, no},
             Row{s::i64(-1), no, ok, no, ok, no, no, no},
             Row{s::i64(INT64_MAX), no, ok, ok, no, no, no, no},
             Row{s::i64(INT64_MIN), no, ok, no, no, no, no, no},
             Row{s::i64(kExact), no, ok, ok, ok, no, no, no},
             Row{s::i64(kExact + 1), no, ok, ok, no, no, no, no},
             Row{s::i64(-kExact), no, ok, no, ok, no, no, no},
             Row{s::i64(-kExact - 1), no, ok, no, no, no, no, no},
             Row{s::u64(UINT64_MAX), no, no, ok, no, no, no, no},
             Row{s::f64(1), no, no, no, ok, no, no, no},
             Row{s::str("1"), no, no, no, no, no, ok, no},
             Row{s::bytes("1"), no, no, no, no, no, no, ok},
             Row{s::time(1), no, no, no, no, ok, no, no},
             Row{s::array(), no, no, no, no, no, no, no},
             Row{s::map(), no, no, no, no, no, no, no},
         }) {
        CAPTURE(row.value.nodes[0].i64);
        CAPTURE(type_name(row.value.nodes[0].type));
        args = s::array(row.value);
        begin();
        int32_t truth;
        int64_t i64, time;
        uint64_t u64, length;
        double f64;
        const char* text;
        const void* bytes;
        CHECK(dw_arg_bool(&call, 0, &truth) == row.as_bool);
        CHECK(dw_arg_i64(&call, 0, &i64) == row.as_i64);
        CHECK(dw_arg_u64(&call, 0, &u64) == row.as_u64);
        CHECK(dw_arg_f64(&call, 0, &f64) == row.as_f64);
        CHECK(dw_arg_time(&call, 0, &time) == row.as_time);
        CHECK(dw_arg_str(&call, 0, &text, &length) == row.as_str);
        CHECK(dw_arg_bytes(&call, 0, &bytes, &length) == row.as_bytes);
    }
}

TEST_CASE_FIXTURE(CallFixture, "conversions give the value itself")
{
    int32_t truth = 0;
    int64_t number = 0, time = 0;
    uint64_t large = 0, length = 0;
    double ratio = 0, whole = 0;
    const char* text = nullptr;
    const void* bytes = nullptr;
    CHECK(dw_arg_str(&call, 0, &text, &length) == DW_OK);
    CHECK(std::string(text) == "seven");
    CHECK(length == 5);
    CHECK(dw_arg_f64(&call, 1, &whole) == DW_OK);
    CHECK(whole == 7.0);
    CHECK(dw_arg_f64(&call, 2, &ratio) == DW_OK);
    CHECK(ratio == 0.5);
    CHECK(dw_arg_bool(&call, 3, &truth) == DW_OK);
    CHECK(truth == 1);
    CHECK(dw_arg_bytes(&call, 5, &bytes, &length) == DW_OK);
    CHECK(std::memcmp(bytes, "ab", 2) == 0);
    CHECK(dw_arg_time(&call, 6, &time) == DW_OK);
    CHECK(time == 5);
    CHECK(dw_arg_u64(&call, 7, &large) == DW_OK);
    CHECK(large == UINT64_MAX);
    CHECK(dw_kwarg_i64(&call, "n", &number) == DW_OK);
    CHECK(number == 3);
    CHECK(call.failure_text() == "");
}

TEST_CASE_FIXTURE(CallFixture, "a conversion that fails leaves the target alone and names the argument")
{
    int64_t number = 99;
    CHECK(dw_arg_i64(&call, 0, &number) == DW_TYPE_MISMATCH);
    CHECK(number == 99);
    CHECK(call.failure_text() == "args[0] is a str (\"seven\"), an i64 was wanted");
}

TEST_CASE_FIXTURE(CallFixture, "each failed look has its code and its text")
{
    dw_value deep = 0, limits = 0, out = 0;
    const auto again = [&] {
        begin();
        dw_at(&call, arg(8), 1, &deep);
        dw_get(&call, dw_kwargs(&call), "limits", &limits);
    };
    int32_t truth;
    int64_t i64;
    uint64_t u64, length;
    double f64;
    const char* text;
    const void* bytes;
    struct Row {
        std::function<int32_t()> look;
        int32_t code;
        const char* fault;
    };
    const Row rows[] = {
        {[&] { return dw_arg_bool(&call, 1, &truth); }, DW_TYPE_MISMATCH, "args[1] is an i64 (7), a bool was wanted"},
        {[&] { return dw_arg_i64(&call, 2, &i64); }, DW_TYPE_MISMATCH, "args[2] is an f64 (0.5), an i64 was wanted"},
        {[&] { return dw_arg_i64(&call, 7, &i64); }, DW_TYPE_MISMATCH,
         "args[7] is a u64 (18446744073709551615), an i64 was wanted"},
        {[&] { return dw_arg_u64(&call, 9, &u64); }, DW_TYPE_MISMATCH, "args[9] is an i64 (-1), a u64 was wanted"},
        {[&] { return dw_arg_f64(&call, 4, &f64); }, DW_TYPE_MISMATCH, "args[4] is null, an f64 was wanted"},
        {[&] { return dw_arg_time(&call, 3, &i64); }, DW_TYPE_MISMATCH, "args[3] is a bool (true), a time was wanted"},
        {[&] { return dw_arg_str(&call, 5, &text, &length); }, DW_TYPE_MISMATCH,
         "args[5] is bytes (2 long), a str was wanted"},
        {[&] { return dw_arg_bytes(&call, 6, &bytes, &length); }, DW_TYPE_MISMATCH,
         "args[6] is a time (1970-01-01T00:00:00.000000005Z), bytes were wanted"},
        {[&] { return dw_at(&call, dw_kwargs(&call), 0, &out); }, DW_TYPE_MISMATCH,
         "kwargs is a map of 3, an array was wanted"},
        {[&] { return dw_get(&call, dw_args(&call), "a", &out); }, DW_TYPE_MISMATCH,
         "args is an array of 10, a map was wanted"},
        {[&] { return dw_entry(&call, limits, 0, &text, &length, &out); }, DW_TYPE_MISMATCH,
         "kwargs.limits is an array of 2, a map was wanted"},
        {[&] {
             dw_get(&call, deep, "name", &out);
             return dw_as_i64(&call, out, &i64);
         },
         DW_TYPE_MISMATCH, "args[8][1].name is a str (\"x\"), an i64 was wanted"},
        {[&] {
             dw_at(&call, limits, 1, &out);
             return dw_as_i64(&call, out, &i64);
         },
         DW_TYPE_MISMATCH, "kwargs.limits[1] is a str (\"two\"), an i64 was wanted"},
        {[&] { return dw_kwarg_i64(&call, "odd key", &i64); }, DW_TYPE_MISMATCH,
         "kwargs[\"odd key\"] is null, an i64 was wanted"},
        {[&] { return dw_arg_i64(&call, 10, &i64); }, DW_NOT_FOUND, "args[10] is missing: there are 10 arguments"},
        {[&] { return dw_at(&call, limits, UINT64_MAX, &out); }, DW_NOT_FOUND,
         "kwargs.limits[18446744073709551615] is missing: there are 2 elements"},
        {[&] { return dw_kwarg_i64(&call, "m", &i64); }, DW_NOT_FOUND, "kwargs.m is missing"},
        {[&] { return dw_get(&call, deep, "no such", &out); }, DW_NOT_FOUND, "args[8][1][\"no such\"] is missing"},
        {[&] { return dw_entry(&call, deep, 1, &text, &length, &out); }, DW_NOT_FOUND,
         "entry 1 of args[8][1] is missing: there is 1 entry"},
        {[&] { return dw_get(&call, dw_kwargs(&call), nullptr, &out); }, DW_MISUSE, "dw_get without a key"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.fault);
        again();
        CHECK(row.look() == row.code);
        CHECK(call.failure_text() == row.fault);
    }
}

TEST_CASE_FIXTURE(CallFixture, "a long value is shortened in the text")
{
    args = s::array(s::str(std::string(100'000, 'x')));
    begin();
    int64_t number;
    CHECK(dw_arg_i64(&call, 0, &number) == DW_TYPE_MISMATCH);
    CHECK(call.failure_text().size() < 120);
}

TEST_CASE_FIXTURE(CallFixture, "a lookup that found nothing gives way to a later fault, a real fault to none")
{
    int64_t number;
    dw_kwarg_i64(&call, "optional", &number);
    dw_kwarg_i64(&call, "required", &number);
    CHECK(call.failure_text() == "kwargs.required is missing");
    dw_arg_i64(&call, 0, &number);
    dw_arg_i64(&call, 3, &number);
    dw_kwarg_i64(&call, "other", &number);
    CHECK(call.failure_text() == "args[0] is a str (\"seven\"), an i64 was wanted");
    begin();
    CHECK(call.failure_text() == "");
}

TEST_CASE_FIXTURE(CallFixture, "walks in any order, and inside each other, meet every element")
{
    Document rows;
    rows.open(Type::kArray);
    for (int64_t i = 0; i < 300; ++i) {
        rows.append_subtree(s::map(s::Entry{"i", s::i64(i)}, s::Entry{"twice", s::array(s::i64(2 * i))}), 0);
    }
    rows.close(0, 300);
    args = s::array(rows);
    begin();
    const dw_value table = arg(0);
    for (const int step : {1, -1, 7}) {
        for (int64_t n = 0; n < 300; ++n) {
            const int64_t i = step > 0 ? n * step % 300 : 299 - n;
            dw_value row, value, inner;
            const char* key;
            uint64_t length;
            int64_t number;
            REQUIRE(dw_at(&call, table, static_cast<uint64_t>(i), &row) == DW_OK);
            REQUIRE(dw_entry(&call, row, 1, &key, &length, &value) == DW_OK);
            CHECK(std::string(key, length) == "twice");
            REQUIRE(dw_at(&call, value, 0, &inner) == DW_OK);
            REQUIRE(dw_as_i64(&call, inner, &number) == DW_OK);
            CHECK(number == 2 * i);
            REQUIRE(dw_entry(&call, row, 0, &key, &length, &value) == DW_OK);
            CHECK(std::string(key) == "i");
            REQUIRE(dw_as_i64(&call, value, &number) == DW_OK);
            CHECK(number == i);
        }
    }
}

TEST_CASE_FIXTURE(CallFixture, "a handle that is none is misuse in every slot, and nothing is read")
{
    const dw_value one_past = dw_args(&call) + args.nodes.size();
    for (const dw_value hostile :
         {dw_value{0}, dw_value{1}, dw_value{UINT32_MAX}, one_past, dw_args(&call) | UINT32_MAX, dw_value{3} << 32,
          dw_value{4} << 32 | 1, dw_value{0xdeadbeefdeadbeef}, UINT64_MAX}) {
        CAPTURE(hostile);
        begin();
        int32_t truth;
        int64_t i64;
        uint64_t u64, length;
        double f64;
        const char* text;
        const void* bytes;
        dw_value out;
        CHECK(dw_type(&call, hostile) == DW_TYPE_NULL);
        CHECK(dw_count(&call, hostile) == 0);
        for (const int32_t code :
             {dw_at(&call, hostile, 0, &out), dw_get(&call, hostile, "a", &out),
              dw_entry(&call, hostile, 0, &text, &length, &out), dw_as_bool(&call, hostile, &truth),
              dw_as_i64(&call, hostile, &i64), dw_as_u64(&call, hostile, &u64), dw_as_f64(&call, hostile, &f64),
              dw_as_time(&call, hostile, &i64), dw_as_str(&call, hostile, &text, &length),
              dw_as_bytes(&call, hostile, &bytes, &length), dw_put_value(&call, hostile)}) {
            CHECK(code == DW_MISUSE);
        }
        CHECK(call.failure_text().ends_with(" is not a value of this call"));
        CHECK(call.result().finish() == DW_MISUSE);
    }
}

TEST_CASE_FIXTURE(CallFixture, "a handle of an earlier call's read is none in the next")
{
    services.values.emplace("other", s::str("x"));
    dw_value value;
    REQUIRE(dw_read(&call, "other", &value) == DW_OK);
    CHECK(dw_type(&call, value) == DW_TYPE_STR);
    begin();
    CHECK(dw_type(&call, value) == DW_TYPE_NULL);
    CHECK(call.failure_text() == "0x300000000 is not a value of this call");
}
