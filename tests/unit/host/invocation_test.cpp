// SPDX-License-Identifier: BSD-3-Clause
#include "invocation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "clock.hpp"

using namespace dumbwaiter;

namespace {

struct NoServices : CallServices {
    Expected<Document> read(std::string_view) override { return failure(Code::kNotFound, "none"); }
    void log(std::string_view, uint32_t, std::string_view) override {}
};

using Run = int32_t (*)(dw_call*);

FunctionSpec spec_named_f()
{
    FunctionSpec spec{.name = std::string("f")};
    FunctionTerms& terms = spec.edit();
    terms.result_limit = 1024;
    terms.args.close(terms.args.open(Type::kArray), 0);
    terms.kwargs.close(terms.kwargs.open(Type::kMap), 0);
    return spec;
}

Returned run(const FunctionSpec& spec, const Function& function)
{
    NoServices services;
    Invocation invocation(services);
    Instance instance;
    Returned out;
    invocation.run(spec, function, instance, {.due = boot_ns()}, out);
    return out;
}

Returned run(Run code, Serializer serializer = Serializer::kJson, int64_t timeout = 0)
{
    FunctionSpec spec = spec_named_f();
    spec.serializer = serializer;
    spec.edit().timeout = Nanoseconds(timeout);
    Function function;
    function.info = {.struct_size = sizeof(dw_function_info), .run = code};
    return run(spec, function);
}

// Of a function whose create is `code`.
Returned create(int32_t (*code)(dw_call*, void**))
{
    Function function;
    function.info = {.struct_size = sizeof(dw_function_info),
                     .run = [](dw_call* call) { return dw_put_i64(call, 1); },
                     .create = code};
    return run(spec_named_f(), function);
}

int32_t put_large(dw_call* call)
{
    const std::string text(2000, 'x');
    return dw_put_str(call, text.data(), text.size());
}
int32_t put_many_escapes(dw_call* call)
{
    const std::string text(1000, '\n');  // fits, but not as JSON
    return dw_put_str(call, text.data(), text.size());
}
int32_t put_nan(dw_call* call)
{
    return dw_put_f64(call, std::nan(""));
}
int32_t put_bytes(dw_call* call)
{
    return dw_put_bytes(call, "\xff", 1);
}
int32_t put_two(dw_call* call)
{
    dw_put_i64(call, 1);
    dw_put_i64(call, 2);
    return DW_OK;
}
int32_t leave_open(dw_call* call)
{
    dw_open_array(call);
    return DW_OK;
}
int32_t misread(dw_call* call)
{
    int64_t number = 0;
    return dw_kwarg_i64(call, "n", &number) == DW_OK ? DW_OK : DW_ERROR;
}
int32_t late(dw_call* call)
{
    while (dw_cancelled(call) == 0) dw_sleep_ns(call, 1'000'000'000);
    return dw_put_i64(call, 1);
}
int32_t image(dw_call* call)
{
    return dw_put_raw(call, "image/png", "PNG", 3);
}

}  // namespace

TEST_CASE("what a function returns becomes its payload")
{
    const Returned returned = run([](dw_call* call) { return dw_put_f64(call, 1); });
    CHECK(returned.outcome == Outcome::kOk);
    CHECK(returned.serializer == 1);
    CHECK(returned.bytes == "1.0");
    CHECK(returned.started > 0);
    CHECK(returned.finished >= returned.started);
}

TEST_CASE("DW_OK without a put is null")
{
    CHECK(run([](dw_call*) -> int32_t { return DW_OK; }).bytes == "null");
}

TEST_CASE("raw bytes pass every serializer, with their media type")
{
    const Returned returned = run(image, Serializer::kMsgpack);
    CHECK(returned.serializer == 0);
    CHECK(returned.media_type == "image/png");
    CHECK(returned.bytes == "PNG");
}

TEST_CASE("every way to fail has its outcome and a text that names the cause")
{
    struct Row {
        Run code;
        Outcome outcome;
        std::string text;
        bool lost_value;
    };
    const std::vector<Row> rows = {
        {[](dw_call* call) { return dw_fail(call, "the well is dry"); }, Outcome::kFailed, "the well is dry", false},
        {[](dw_call*) -> int32_t { return DW_ERROR; }, Outcome::kFailed, "returned DW_ERROR", false},
        {[](dw_call*) -> int32_t { return 77; }, Outcome::kFailed, "returned 77, which is no return value", false},
        {[](dw_call* call) -> int32_t { return dw_fail(call, "mine"), 33; }, Outcome::kFailed,
         "mine (returned 33, which is no return value of a function)", false},
        {[](dw_call*) -> int32_t { return DW_MISUSE; }, Outcome::kFailed, "returned DW_MISUSE", false},
        {[](dw_call*) -> int32_t { throw std::runtime_error("no soup"); }, Outcome::kThrew,
         "threw std::runtime_error: no soup", false},
        {[](dw_call*) -> int32_t { throw 7; }, Outcome::kThrew, "threw int", false},
        {misread, Outcome::kFailed, "kwargs.n", false},
        {put_large, Outcome::kTooLarge, "1024", true},
        {put_many_escapes, Outcome::kTooLarge, "the result has 2002 bytes, 1 KiB are allowed", true},
        {put_nan, Outcome::kMalformed, "msgpack and cbor", true},
        {put_bytes, Outcome::kMalformed, "msgpack and cbor", true},
        {put_two, Outcome::kMalformed, "", true},
        {leave_open, Outcome::kMalformed, "", true},
    };
    for (const Row& row : rows) {
        const Returned returned = run(row.code);
        CAPTURE(returned.bytes);
        CHECK(returned.outcome == row.outcome);
        CHECK(returned.bytes.find(row.text) != std::string::npos);
        CHECK_FALSE(returned.bytes.empty());
        CHECK(returned.lost_value == row.lost_value);
        CHECK(returned.code == DW_ERROR);
        CHECK(returned.serializer == 0);
    }
}

TEST_CASE("the outcomes that ask for something keep their code")
{
    CHECK(run([](dw_call*) -> int32_t { return DW_RETRY; }).code == DW_RETRY);
    CHECK(run([](dw_call*) -> int32_t { return DW_DISABLE; }).code == DW_DISABLE);
    CHECK(run([](dw_call*) -> int32_t { return DW_UNCHANGED; }).code == DW_UNCHANGED);
    CHECK(run([](dw_call*) -> int32_t { return DW_UNCHANGED; }).outcome == Outcome::kOk);
    const Returned unasked = run([](dw_call*) -> int32_t { return DW_CANCELLED; });
    CHECK(unasked.outcome == Outcome::kCancelled);
    CHECK(unasked.bytes == "returned DW_CANCELLED, though nothing asked it to end");
}

TEST_CASE("what comes after the deadline is discarded, and the call knew it")
{
    const Returned returned = run(late, Serializer::kJson, 20 * kMillisecond);
    CHECK(returned.outcome == Outcome::kTimedOut);
    CHECK(returned.bytes == "timed out after 0.02 s");
    CHECK(returned.lost_value);
}

TEST_CASE("what a call says of itself after its deadline stands in the report")
{
    const auto says = [](dw_call* call) {
        late(call);
        return dw_fail(call, "at row 7");
    };
    const Returned returned = run(says, Serializer::kJson, 20 * kMillisecond);
    CHECK(returned.outcome == Outcome::kTimedOut);
    CHECK(returned.bytes == "timed out after 0.02 s: at row 7");
    const auto gives_up = [](dw_call* call) -> int32_t { return late(call), dw_fail(call, "at row 8"), DW_CANCELLED; };
    CHECK(run(gives_up, Serializer::kJson, 20 * kMillisecond).bytes == "timed out after 0.02 s: at row 8");
}

TEST_CASE("a create that fails is a report, and is tried again")
{
    static int tries = 0;
    tries = 0;
    const FunctionSpec spec = spec_named_f();
    Function function;
    function.info = {.struct_size = sizeof(dw_function_info),
                     .run = [](dw_call* call) { return dw_put_i64(call, *static_cast<int*>(dw_state(call))); },
                     .create = [](dw_call* call, void** state) -> int32_t {
                         *state = &tries;
                         return ++tries == 1 ? dw_fail(call, "no connection") : DW_OK;
                     }};
    NoServices services;
    Invocation invocation(services);
    Instance instance;
    Returned out;
    invocation.run(spec, function, instance, {}, out);
    CHECK(out.outcome == Outcome::kRefused);
    CHECK(out.bytes == "its create failed: no connection");
    CHECK(instance.state == nullptr);
    invocation.run(spec, function, instance, {}, out);
    CHECK(out.bytes == "2");
    invocation.run(spec, function, instance, {}, out);
    CHECK(out.bytes == "2");
}

TEST_CASE("a create that asks to be disabled, or tried again, is")
{
    CHECK(create([](dw_call*, void**) -> int32_t { return DW_DISABLE; }).code == DW_DISABLE);
    CHECK(create([](dw_call*, void**) -> int32_t { return DW_RETRY; }).code == DW_RETRY);
    CHECK(create([](dw_call* call, void**) { return dw_fail(call, "no"); }).code == DW_ERROR);
    CHECK(create([](dw_call*, void**) -> int32_t { return 33; }).bytes ==
          "its create failed: returned 33, which is no return value of a function");
}

TEST_CASE("a create has no result, and hears so at its first put")
{
    const Returned returned = create([](dw_call* call, void**) -> int32_t { return dw_put_i64(call, 5); });
    CHECK(returned.outcome == Outcome::kRefused);
    CHECK(returned.bytes.find("create has no result") != std::string::npos);
    CHECK(create([](dw_call* call, void**) -> int32_t {
              return dw_open_map(call) == DW_MISUSE ? DW_OK : DW_ERROR;
          }).bytes == "1");
}

TEST_CASE("what is thrown is kept as UTF-8 of at most 64 KiB")
{
    const auto throws = [](dw_call*) -> int32_t { throw std::runtime_error("caf\xe9 \xc3"); };
    CHECK(run(throws).bytes == "threw std::runtime_error: caf\xef\xbf\xbd \xef\xbf\xbd");
    CHECK(
        create([](dw_call*, void**) -> int32_t { throw std::runtime_error("\xff"); }).bytes.ends_with("\xef\xbf\xbd"));
    const auto floods = [](dw_call*) -> int32_t { throw std::runtime_error(std::string(100'000, '\xe9')); };
    CHECK(run(floods).bytes.size() <= kMaxReportText);
    CHECK(run(floods).bytes.size() > kMaxReportText - 4);
    CHECK(run(floods).bytes.ends_with("\xef\xbf\xbd"));
    const auto long_text = [](dw_call* call) -> int32_t {
        return dw_fail(call, std::string(100'000, 'x').c_str()), 33;
    };
    CHECK(run(long_text).bytes.size() == kMaxReportText);
}

TEST_CASE("what a serializer finishes after the deadline is discarded")
{
    const auto slow = [](dw_call* call, dw_value) -> int32_t {
        while (dw_cancelled(call) == 0) dw_sleep_ns(call, 1'000'000'000);
        return dw_put_bytes(call, "x", 1);
    };
    SerializerPlugin plugin{.name = "slow.so:slow", .info = {.serialize = slow, .deserialize = nullptr}, .options = {}};
    Function function;
    function.info = {.struct_size = sizeof(dw_function_info), .run = [](dw_call* call) { return dw_put_i64(call, 1); }};
    function.serializer = std::make_shared<const SerializerPlugin>(plugin);
    FunctionSpec spec = spec_named_f();
    spec.edit().timeout = Nanoseconds(20 * kMillisecond);
    const Returned returned = run(spec, function);
    CHECK(returned.outcome == Outcome::kTimedOut);
    CHECK(returned.bytes == "timed out after 0.02 s");
    CHECK(returned.lost_value);
}
