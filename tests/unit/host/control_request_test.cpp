// SPDX-License-Identifier: BSD-3-Clause
#include "control_request.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace dumbwaiter;
using Kind = ControlRequest::Kind;

TEST_CASE("a request is a command, and what it takes")
{
    const auto refresh = parse_control_request(R"({"do":"refresh","name":"count"})");
    REQUIRE(refresh);
    CHECK(refresh->kind == Kind::kRefresh);
    CHECK(refresh->name == "count");
    const auto fresh = parse_control_request(R"({"do":"fresh","name":"count","max_age_ns":5000000000,"later":1})");
    REQUIRE(fresh);
    CHECK(fresh->max_age_ns == 5'000'000'000);
    CHECK(parse_control_request(R"({"do":"reload"})")->kind == Kind::kReload);
}

TEST_CASE("a request that cannot be is refused with the reason")
{
    const struct {
        const char *line, *said;
        Code code;
    } rows[] = {
        {"", "one line of JSON", Code::kInvalidArgument},
        {"refresh count", "one line of JSON", Code::kInvalidArgument},
        {"[1]", R"({"do": COMMAND, ...})", Code::kInvalidArgument},
        {R"({"do":7})", R"({"do": COMMAND, ...})", Code::kInvalidArgument},
        {R"({"do":"explode"})", "\"explode\"", Code::kUnsupported},
        {R"({"do":"pause"})", "pause takes the name of a function", Code::kInvalidArgument},
        {R"({"do":"fresh","name":"a"})", "max_age_ns", Code::kInvalidArgument},
        {R"({"do":"fresh","name":"a","max_age_ns":-1})", "max_age_ns", Code::kInvalidArgument},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const auto request = parse_control_request(row.line);
        REQUIRE_FALSE(request);
        CHECK(request.error().code == row.code);
        CHECK(request.error().message.find(row.said) != std::string::npos);
    }
}

TEST_CASE("everybody who reaches the socket may ask for a shared refresh, and only the host's user and root for more")
{
    for (const Kind kind : {Kind::kRefresh, Kind::kPause, Kind::kResume, Kind::kForget, Kind::kReload, Kind::kStatus}) {
        const ControlRequest request{.kind = kind, .name = "a"};
        CHECK(may_ask(request, 1000, 1000));
        CHECK(may_ask(request, 0, 1000));
        CHECK_FALSE(may_ask(request, 1001, 1000));
    }
    CHECK(may_ask({.kind = Kind::kFresh, .name = "a"}, 1001, 1000));
}
