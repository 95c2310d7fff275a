// SPDX-License-Identifier: BSD-3-Clause
#include "ledger.hpp"

#include <doctest/doctest.h>
#include <dumbwaiter/codes.h>

#include <limits>

#include "clock.hpp"

using namespace dumbwaiter;

namespace {

struct Scene {
    Manifest manifest;
    Functions functions;
    Ledger ledger;

    explicit Scene(const Retry& retry = {}) : manifest(make(retry)), functions(manifest), ledger(functions) {}

    static Manifest make(const Retry& retry)
    {
        Manifest manifest;
        FunctionSpec spec;
        spec.name = "count";
        spec.edit().frequency = std::chrono::seconds(60);
        spec.edit().timeout = std::chrono::seconds(2);
        spec.edit().max_saved = 7;
        spec.edit().retry = retry;
        manifest.functions.push_back(spec);
        return manifest;
    }

    Verdict take(Returned returned, uint32_t attempt = 0, bool stopping = false)
    {
        Job job{.id = 0, .attempt = attempt, .due_wall = 11};
        ledger.prepare(job);
        returned.started = 12;
        returned.finished = 13;
        return ledger.accept(job, std::move(returned), stopping);
    }
    Verdict value() { return take({.code = DW_OK, .serializer = 1, .bytes = "42"}); }
    Verdict unchanged() { return take({.code = DW_UNCHANGED}); }
    Verdict error(int32_t code = DW_ERROR, uint32_t attempt = 0)
    {
        return take({.code = code, .outcome = Outcome::kFailed, .bytes = "dry"}, attempt);
    }
};

}  // namespace

TEST_CASE("a value becomes an append of the next sequence, fresh for frequency + max(frequency, 1 s) + timeout")
{
    Scene scene;
    scene.ledger.restore(0, {.last_value = 41});
    const Verdict verdict = scene.value();
    REQUIRE(verdict.append);
    CHECK(verdict.append->kind == Append::Kind::kValue);
    CHECK(verdict.append->name == "count");
    CHECK(verdict.append->depth == 7);
    CHECK(verdict.append->sequence == 42);
    CHECK(verdict.append->serializer == 1);
    CHECK(verdict.append->payload == "42");
    CHECK(verdict.append->due == 11);
    CHECK(verdict.append->fresh_until == 13 + (60 + 60 + 2) * kSecond);
    CHECK_FALSE(verdict.retry_after);
    CHECK(scene.value().append->sequence == 43);
}

TEST_CASE("errors count their own sequences and never touch the value's")
{
    Scene scene;
    CHECK(scene.value().append->sequence == 1);
    const Verdict verdict = scene.error();
    CHECK(verdict.append->kind == Append::Kind::kError);
    CHECK(verdict.append->sequence == 1);
    CHECK(verdict.append->fresh_until == 0);
    CHECK(verdict.append->payload == "dry");
    CHECK(scene.error().append->sequence == 2);
    CHECK(scene.value().append->sequence == 2);
}

TEST_CASE("unchanged refreshes the newest value without a new sequence")
{
    Scene scene;
    scene.value();
    const Verdict verdict = scene.unchanged();
    CHECK(verdict.append->kind == Append::Kind::kRefresh);
    CHECK(verdict.append->sequence == 1);
    CHECK(verdict.append->fresh_until == 13 + 122 * kSecond);
    CHECK(scene.value().append->sequence == 2);
}

TEST_CASE("unchanged without a stored value is an error, and the function's state is made anew")
{
    Scene scene;
    SUBCASE("there never was one")
    {
        const Verdict verdict = scene.unchanged();
        CHECK(verdict.append->kind == Append::Kind::kError);
        CHECK(verdict.append->payload.find("no value yet") != std::string::npos);
    }
    SUBCASE("the last one could not be stored")
    {
        scene.value();
        scene.take({.code = DW_ERROR, .outcome = Outcome::kTooLarge, .lost_value = true, .bytes = "too large"});
        const Verdict verdict = scene.unchanged();
        CHECK(verdict.append->kind == Append::Kind::kError);
        CHECK(verdict.append->payload.find("not stored") != std::string::npos);
    }
    Job job{.id = 0};
    scene.ledger.prepare(job);
    CHECK(job.anew);
    scene.ledger.prepare(job);
    CHECK_FALSE(job.anew);
}

TEST_CASE("a failure between a value and unchanged does not take the value away")
{
    Scene scene;
    scene.value();
    scene.error();
    CHECK(scene.unchanged().append->kind == Append::Kind::kRefresh);
}

TEST_CASE("failures are tried again as often as retry says, after a delay that doubles up to the frequency")
{
    Scene scene({.attempts = 8, .delay = std::chrono::seconds(10)});
    const std::vector<int64_t> seconds = {10, 20, 40, 60, 60, 60, 60, 60};
    for (uint32_t attempt = 0; attempt < seconds.size(); ++attempt) {
        const Verdict verdict = scene.error(DW_ERROR, attempt);
        REQUIRE(verdict.retry_after);
        CHECK(*verdict.retry_after == seconds[attempt] * kSecond);
    }
    CHECK_FALSE(scene.error(DW_ERROR, 8).retry_after);
}

TEST_CASE("DW_RETRY is worth one more try where retry asks for none; DW_ERROR is not")
{
    Scene scene;
    CHECK_FALSE(scene.error(DW_ERROR).retry_after);
    CHECK(scene.error(DW_RETRY, 0).retry_after);
    CHECK_FALSE(scene.error(DW_RETRY, 1).retry_after);
}

TEST_CASE("DW_DISABLE is a report, no retry, and then off")
{
    Scene scene({.attempts = 3});
    const Verdict verdict = scene.error(DW_DISABLE);
    CHECK(verdict.disable);
    CHECK(verdict.append->kind == Append::Kind::kError);
    CHECK_FALSE(verdict.retry_after);
}

TEST_CASE("cancelled leaves a report, but not at shutdown")
{
    Scene scene;
    const Returned cancelled{.code = DW_CANCELLED, .outcome = Outcome::kCancelled, .bytes = "gave up"};
    CHECK_FALSE(scene.take(cancelled, 0, true).append);
    const Verdict verdict = scene.take(cancelled, 0, false);
    REQUIRE(verdict.append);
    CHECK(verdict.append->outcome == Outcome::kCancelled);
    CHECK(verdict.append->sequence == 1);
}

TEST_CASE("failures in a row are counted until a success ends them")
{
    Scene scene;
    CHECK(scene.error().failures_in_row == 1);
    CHECK(scene.error().failures_in_row == 2);
    CHECK(scene.value().failures_in_row == 2);
    CHECK(scene.error().failures_in_row == 1);
}

TEST_CASE("by cron a value is fresh until the due time after the next, and timeout; after others alone, always")
{
    FunctionSpec spec;
    spec.edit().timeout = std::chrono::seconds(2);
    CHECK(fresh_until(spec, 13 * kSecond) == 0);
    spec.edit().cron = WallTimes(*Cron::parse("0 * * * *"), TimeZone());
    CHECK(fresh_until(spec, 13 * kSecond) == 7202 * kSecond);
    CHECK(fresh_until(spec, 3600 * kSecond) == (3 * 3600 + 2) * kSecond);
    spec.edit().cron = WallTimes(*Cron::parse("0 0 1 1 *"), TimeZone());
    CHECK(fresh_until(spec, std::numeric_limits<int64_t>::max() - kSecond) == 0);
}

TEST_CASE("where there is no frequency the delay of a retry doubles without overflow, up to a day")
{
    Scene scene({.attempts = 100, .delay = std::chrono::seconds(1)});
    scene.manifest.functions[0].edit().frequency = Nanoseconds(0);
    CHECK(scene.take({.code = DW_ERROR, .outcome = Outcome::kFailed}, 3).retry_after == 8 * kSecond);
    CHECK(scene.take({.code = DW_ERROR, .outcome = Outcome::kFailed}, 99).retry_after == 86'400 * kSecond);
}
