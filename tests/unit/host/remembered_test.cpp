// SPDX-License-Identifier: BSD-3-Clause
#include "remembered.hpp"

#include <doctest/doctest.h>

#include <string>

#include "clock.hpp"
#include "start_plan.hpp"

using namespace dumbwaiter;

namespace {

FunctionSpec spec_of(Nanoseconds frequency)
{
    FunctionSpec spec;
    spec.name = "f";
    spec.edit().frequency = frequency;
    return spec;
}

}  // namespace

TEST_CASE("what a host said of a function is remembered, whatever its library is called")
{
    FunctionSpec spec = spec_of(std::chrono::seconds(10));
    spec.edit().library = R"(a",\"max_saved\":9,{"paused":true)";
    spec.edit().max_saved = 3;
    const NameState state{.last_value = 9, .last_error = 4};
    const std::string document = function_document(spec, 777, state, {}, {.is_paused = false});
    const Remembered remembered(state, document);
    CHECK(remembered.state.last_value == 9);
    CHECK(remembered.phase_under(10 * kSecond) == 777);
    CHECK(remembered.phase_under(1) == std::nullopt);
    CHECK(remembered.bound.max_saved == 3);
    CHECK(remembered.bound.from_value == 9);
    CHECK(remembered.bound.from_error == 4);
    CHECK_FALSE(remembered.was_paused);
    CHECK(remembered.digest == document_digest(document));
}

TEST_CASE("a function that was paused is remembered as that")
{
    const FunctionSpec spec = spec_of(std::chrono::seconds(1));
    CHECK(Remembered({}, function_document(spec, 0, {}, {}, {.is_paused = true})).was_paused);
}

TEST_CASE("of a function that the store knows nothing of nothing is remembered")
{
    const Remembered remembered;
    CHECK(remembered.digest == 0);
    CHECK(remembered.bound.max_saved == 0);
    CHECK(remembered.phase_under(0) == std::nullopt);
    CHECK_FALSE(remembered.was_paused);
}

TEST_CASE("documents that differ have different digests")
{
    CHECK(document_digest("{}") != document_digest("{ }"));
}

TEST_CASE("a max_saved that changes holds from the next record on, one that stays holds as before")
{
    FunctionSpec spec = spec_of(std::chrono::seconds(1));
    const NameState state{.last_value = 9, .last_error = 4};
    const auto bound_after = [&](const std::string& document) {
        return Remembered({}, function_document(spec, 0, state, Remembered({}, document).bound)).bound;
    };
    const std::string first = function_document(spec, 0, {});
    CHECK(bound_after(first).from_value == 0);
    CHECK(bound_after(first).from_error == 0);
    spec.edit().max_saved = 3;
    CHECK(bound_after(first).from_value == 9);
    CHECK(bound_after(first).from_error == 4);
}
