// SPDX-License-Identifier: BSD-3-Clause
//
// call.hpp: results, reports and services through the api table, as a plugin sees them.
#include <doctest/doctest.h>
#include <poll.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "call_fixture.hpp"
#include "clock.hpp"

using namespace dumbwaiter;
using namespace std::string_literals;
using samples::CallFixture;
namespace s = dumbwaiter::samples;

namespace {

constexpr uint64_t kHour = 3'600'000'000'000;

bool readable(int fd, int timeout_ms)
{
    pollfd wait{fd, POLLIN, 0};
    return poll(&wait, 1, timeout_ms) == 1 && (wait.revents & POLLIN) != 0;
}

}  // namespace

TEST_CASE_FIXTURE(CallFixture, "the table is whole and says its size and minor")
{
    CHECK(call.api->struct_size == sizeof(dw_api));
    CHECK(call.api->minor == DW_ABI_MINOR);
    const auto* slots = reinterpret_cast<void* const*>(&call.api->args);
    const size_t count = (sizeof(dw_api) - offsetof(dw_api, args)) / sizeof(void*);
    for (size_t i = 0; i < count; ++i) CHECK(slots[i] != nullptr);
}

TEST_CASE_FIXTURE(CallFixture, "every put reaches the result")
{
    CHECK(dw_open_map(&call) == DW_OK);
    CHECK(dw_key(&call, "list", 4) == DW_OK);
    CHECK(dw_open_array(&call) == DW_OK);
    for (const int32_t code :
         {dw_put_null(&call), dw_put_bool(&call, 7), dw_put_i64(&call, -1), dw_put_u64(&call, UINT64_MAX),
          dw_put_f64(&call, 0.5), dw_put_time(&call, 9), dw_put_str(&call, "a\0b", 3), dw_put_bytes(&call, "\xff", 1),
          dw_put_str(&call, nullptr, 0), dw_put_bytes(&call, nullptr, 0), dw_put_value(&call, arg(8))}) {
        CHECK(code == DW_OK);
    }
    CHECK(dw_close(&call) == DW_OK);
    CHECK(dw_close(&call) == DW_OK);
    CHECK(call.result().finish() == DW_OK);
    const Document list = s::array(s::null(), s::boolean(true), s::i64(-1), s::u64(UINT64_MAX), s::f64(0.5), s::time(9),
                                   s::str("a\0b"s), s::bytes("\xff"), s::str(""), s::bytes(""),
                                   s::array(s::i64(10), s::map(s::Entry{"name", s::str("x")})));
    CHECK(same(call.result().document(), s::map(s::Entry{"list", list})));
}

TEST_CASE_FIXTURE(CallFixture, "raw bytes go with a media type or without")
{
    CHECK(dw_put_raw(&call, "image/png", "abc", 3) == DW_OK);
    CHECK(call.result().media_type() == "image/png");
    begin();
    CHECK(dw_put_raw(&call, nullptr, nullptr, 0) == DW_OK);
    CHECK(call.result().finish() == DW_OK);
    CHECK(call.result().is_raw());
    CHECK(call.result().media_type() == "");
}

TEST_CASE_FIXTURE(CallFixture, "a put that fails sticks, and its text is the report's")
{
    CHECK(dw_put_i64(&call, 1) == DW_OK);
    CHECK(dw_put_i64(&call, 2) == DW_MISUSE);
    CHECK(dw_put_i64(&call, 3) == DW_MISUSE);
    CHECK(call.result().finish() == DW_MISUSE);
    CHECK(call.failure_text() == "a second value: a result is one value, or several in an array or map");
}

TEST_CASE_FIXTURE(CallFixture, "absurd lengths and null pointers are refused, and stick")
{
    const char* some = "x";
    struct Row {
        std::function<int32_t()> wrong;
        int32_t code;
    };
    const uint64_t absurd = uint64_t{1} << 32;
    for (const Row& row : {
             Row{[&] { return dw_put_str(&call, some, absurd); }, DW_LIMIT},
             Row{[&] { return dw_put_bytes(&call, some, UINT64_MAX); }, DW_LIMIT},
             Row{[&] { return dw_put_raw(&call, nullptr, some, absurd); }, DW_LIMIT},
             Row{[&] {
                     dw_open_map(&call);
                     return dw_key(&call, some, absurd);
                 },
                 DW_LIMIT},
             Row{[&] { return dw_put_str(&call, nullptr, 1); }, DW_MISUSE},
             Row{[&] { return dw_put_bytes(&call, nullptr, 1); }, DW_MISUSE},
         }) {
        begin();
        CHECK(row.wrong() == row.code);
        CHECK(dw_put_null(&call) == row.code);
        CHECK(call.failure_text() != "");
    }
}

TEST_CASE_FIXTURE(CallFixture, "the limit of the context bounds the result")
{
    context.result_limit = 4;
    begin();
    CHECK(dw_put_str(&call, "12345", 5) == DW_LIMIT);
    CHECK(call.failure_text() == "the result is larger than 4 bytes");
}

TEST_CASE_FIXTURE(CallFixture, "dw_fail sets the report's text, copied, and returns DW_ERROR")
{
    std::string text = "disk is full";
    CHECK(dw_fail(&call, text.c_str()) == DW_ERROR);
    text = "gone";
    CHECK(call.failure_text() == "disk is full");
    CHECK(dw_fail(&call, "the last one counts") == DW_ERROR);
    CHECK(call.failure_text() == "the last one counts");
}

TEST_CASE_FIXTURE(CallFixture, "dw_fail without text leaves the report to what a helper said")
{
    int64_t number;
    dw_arg_i64(&call, 0, &number);
    CHECK(dw_fail(&call, nullptr) == DW_ERROR);
    CHECK(call.failure_text() == "args[0] is a str (\"seven\"), an i64 was wanted");
    CHECK(dw_fail(&call, "own words") == DW_ERROR);
    CHECK(call.failure_text() == "own words");
}

TEST_CASE_FIXTURE(CallFixture, "dw_fail keeps at most 64 KiB, whole characters, and repairs what is not UTF-8")
{
    dw_fail(&call, "bad \xff byte");
    CHECK(call.failure_text() == "bad \ufffd byte");
    std::string euros;
    while (euros.size() <= kMaxReportText) euros += "\u20ac";  // 65536 is no multiple of three
    dw_fail(&call, euros.c_str());
    CHECK(call.failure_text() == euros.substr(0, kMaxReportText / 3 * 3));
    dw_fail(&call, std::string(kMaxReportText, '\xff').c_str());
    CHECK(call.failure_text().size() == kMaxReportText / 3 * 3);
    dw_fail(&call, std::string(kMaxReportText, 'x').c_str());
    CHECK(call.failure_text().size() == kMaxReportText);
}

TEST_CASE_FIXTURE(CallFixture, "a call knows its context")
{
    int state = 0;
    context.state = &state;
    context.deadline_ns = 77;
    begin();
    CHECK(dw_name(&call) == "self"s);
    CHECK(dw_sequence(&call) == 42);
    CHECK(dw_deadline_ns(&call) == 77);
    CHECK(dw_state(&call) == &state);
    CHECK(dw_extension(&call, "dumbwaiter.progress/1") == nullptr);
}

TEST_CASE_FIXTURE(CallFixture, "values of others are read, walked, copied, and named in texts")
{
    services.values.emplace("other", s::array(s::null(), s::null(), s::null(), s::str("x")));
    services.values.emplace("self", s::i64(41));
    dw_value other, self, element;
    int64_t number;
    REQUIRE(dw_read(&call, "other", &other) == DW_OK);
    REQUIRE(dw_read(&call, "self", &self) == DW_OK);
    CHECK(dw_as_i64(&call, self, &number) == DW_OK);
    CHECK(number == 41);
    REQUIRE(dw_at(&call, other, 3, &element) == DW_OK);
    CHECK(dw_as_i64(&call, element, &number) == DW_TYPE_MISMATCH);
    CHECK(call.failure_text() == "value of other[3] is a str (\"x\"), an i64 was wanted");
    CHECK(dw_put_value(&call, other) == DW_OK);
    CHECK(same(call.result().document(), *services.values.at("other")));
}

TEST_CASE_FIXTURE(CallFixture, "many reads keep the text of the first in place")
{
    services.values.emplace("other", s::str("the text"));
    dw_value first, next;
    const char* text;
    uint64_t length;
    REQUIRE(dw_read(&call, "other", &first) == DW_OK);
    REQUIRE(dw_as_str(&call, first, &text, &length) == DW_OK);
    for (int i = 0; i < 1000; ++i) REQUIRE(dw_read(&call, "other", &next) == DW_OK);
    CHECK(next != first);
    CHECK(std::string(text) == "the text");
}

TEST_CASE_FIXTURE(CallFixture, "a read that fails gives the code of its cause and says so")
{
    struct Row {
        Code cause;
        int32_t code;
    };
    for (const Row& row : {
             Row{Code::kDamaged, DW_DAMAGED},
             Row{Code::kUnsupported, DW_UNSUPPORTED},
             Row{Code::kIncompatible, DW_UNSUPPORTED},
             Row{Code::kDenied, DW_DENIED},
             Row{Code::kNoStore, DW_NO_STORE},
             Row{Code::kIo, DW_NO_STORE},
             Row{Code::kTooLarge, DW_LIMIT},
             Row{Code::kTimeout, DW_TIMEOUT},
             Row{Code::kInvalidArgument, DW_MISUSE},
         }) {
        begin();
        services.values.insert_or_assign("other", failure(row.cause, "the cause"));
        dw_value value = 99;
        CHECK(dw_read(&call, "other", &value) == row.code);
        CHECK(value == 99);
        CHECK(call.failure_text() == "reading the value of other: the cause");
    }
    begin();
    dw_value value;
    CHECK(dw_read(&call, "none", &value) == DW_NOT_FOUND);
    CHECK(call.failure_text() == "there is no value of none yet");
    CHECK(dw_read(&call, nullptr, &value) == DW_MISUSE);
}

TEST_CASE_FIXTURE(CallFixture, "log lines carry the name, and are repaired and bounded")
{
    dw_log(&call, DW_LOG_INFO, "hello");
    dw_log(&call, 99, "bad \xff");
    dw_log(&call, DW_LOG_DEBUG, nullptr);
    dw_log(&call, DW_LOG_WARNING, std::string(100'000, 'x').c_str());
    REQUIRE(services.lines.size() == 4);
    CHECK(services.lines[0] == "self 1 hello");
    CHECK(services.lines[1] == "self 3 bad \ufffd");
    CHECK(services.lines[2] == "self 0 ");
    CHECK(services.lines[3].size() == kMaxReportText + 7);
}

TEST_CASE_FIXTURE(CallFixture, "without services and cancellation the rest still works")
{
    context.services = nullptr;
    context.cancellation = nullptr;
    call.begin(context);
    dw_value value;
    CHECK(dw_read(&call, "other", &value) == DW_UNSUPPORTED);
    dw_log(&call, DW_LOG_INFO, "into the void");
    CHECK(dw_cancelled(&call) == 0);
    CHECK(dw_cancel_fd(&call) == DW_UNSUPPORTED);
    CHECK(dw_sleep_ns(&call, 1) == DW_OK);
}

TEST_CASE_FIXTURE(CallFixture, "a cancelled call knows, does not sleep, and its descriptor is readable")
{
    CHECK(dw_cancelled(&call) == 0);
    CHECK(dw_sleep_ns(&call, 0) == DW_OK);
    const int fd = dw_cancel_fd(&call);
    CHECK_FALSE(readable(fd, 0));
    cancellation.cancel();
    CHECK(dw_cancelled(&call) == 1);
    CHECK(dw_sleep_ns(&call, UINT64_MAX) == DW_CANCELLED);
    CHECK(readable(fd, 10'000));
    CHECK(dw_cancel_fd(&call) == fd);
}

TEST_CASE_FIXTURE(CallFixture, "a call past its deadline knows, does not sleep, and its descriptor is readable")
{
    context.deadline_ns = 1;
    begin();
    CHECK(dw_cancelled(&call) == 1);
    CHECK(dw_sleep_ns(&call, kHour) == DW_CANCELLED);
    CHECK(readable(dw_cancel_fd(&call), 10'000));
    context.deadline_ns = static_cast<uint64_t>(monotonic_ns()) + kHour;
    begin();
    CHECK(dw_cancelled(&call) == 0);
    CHECK_FALSE(readable(dw_cancel_fd(&call), 0));
}

TEST_CASE_FIXTURE(CallFixture, "any thread may look, log and ask for the descriptor while the call runs")
{
    std::vector<std::thread> threads;
    std::vector<int32_t> fds(4);
    for (size_t i = 0; i < fds.size(); ++i) {
        threads.emplace_back([&, i] {
            while (dw_cancelled(&call) == 0) std::this_thread::yield();
            fds[i] = dw_cancel_fd(&call);
            dw_log(&call, DW_LOG_INFO, dw_name(&call));
        });
    }
    int64_t number;
    for (int i = 0; i < 100; ++i) dw_arg_i64(&call, 1, &number);
    cancellation.cancel();
    for (std::thread& thread : threads) thread.join();
    for (const int32_t fd : fds) CHECK(fd == fds[0]);
    CHECK(services.lines.size() == fds.size());
}
