// SPDX-License-Identifier: BSD-3-Clause
#include "autopsy.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstring>

using namespace dumbwaiter;
using channel::Cause;
using Fate = Finding::Fate;

namespace {

// Statuses as waitpid gives them.
constexpr int exited(int code)
{
    return code << 8;
}
constexpr int killed_by(int number)
{
    return number;
}

}  // namespace

TEST_CASE("who wrote a note is to blame, and who ran beside it runs again without a report")
{
    const Victim guilty{.cause = Cause::kSignal, .number = SIGSEGV, .address = 0x10, .stack = "bad.so+0x1139"};
    const std::vector<Victim> victims{{}, guilty, {}};
    const auto findings = autopsy(victims, {.status = killed_by(SIGSEGV)});
    CHECK(findings[0].fate == Fate::kAgain);
    CHECK(findings[2].fate == Fate::kAgain);
    CHECK(findings[1].fate == Fate::kReport);
    CHECK(findings[1].outcome == Outcome::kCrashed);
    CHECK(findings[1].is_to_blame);
    CHECK(findings[1].text == "SIGSEGV (at address 0x10); stack: bad.so+0x1139");
}

TEST_CASE("causes by name")
{
    struct Case {
        Victim victim;
        int status;
        const char* text;
    };
    const Case cases[] = {
        {{.cause = Cause::kSignal, .number = SIGABRT}, killed_by(SIGABRT), "SIGABRT"},
        {{.cause = Cause::kExit, .number = 7}, exited(7), "exited with 7"},
        {{.cause = Cause::kThreadExit}, exited(1), "ended the thread that it was given (pthread_exit)"},
        // Nothing noted, and nothing else ran.
        {{}, exited(8), "exited with 8"},
        {{}, killed_by(SIGSEGV), "SIGSEGV"},
    };
    for (const Case& one : cases) {
        const auto findings = autopsy({&one.victim, 1}, {.status = one.status});
        CAPTURE(one.text);
        CHECK(findings[0].fate == Fate::kReport);
        CHECK(findings[0].text == one.text);
        CHECK(findings[0].is_to_blame);
    }
}

TEST_CASE("a kill from outside blames nobody, the second time it is reported")
{
    Victim victim;
    CHECK(autopsy({&victim, 1}, {.status = killed_by(SIGKILL)})[0].fate == Fate::kAgain);
    victim.again = true;
    const auto second = autopsy({&victim, 1}, {.status = killed_by(SIGKILL)})[0];
    CHECK(second.fate == Fate::kReport);
    CHECK(second.text == "SIGKILL, for the second time while it ran");
}

TEST_CASE("where several ran and none wrote anything down, all run again")
{
    const std::vector<Victim> victims(3);
    for (const Finding& finding : autopsy(victims, {.status = exited(3)})) CHECK(finding.fate == Fate::kAgain);
}

TEST_CASE("what died along twice is reported, and not to blame")
{
    const std::vector<Victim> victims{{.again = true}, {.cause = Cause::kExit, .number = 1}};
    const auto findings = autopsy(victims, {.status = exited(1)});
    CHECK(findings[0].fate == Fate::kReport);
    CHECK_FALSE(findings[0].is_to_blame);
}

TEST_CASE("a timeout is reported and does not count, and whoever ran beside it runs again as often as it happens")
{
    const std::vector<Victim> victims{{.timed_out = true, .timeout_ns = 2'000'000'000}, {.again = true}};
    const auto findings = autopsy(victims, {.status = killed_by(SIGTERM)});
    CHECK(findings[0].fate == Fate::kReport);
    CHECK(findings[0].outcome == Outcome::kTimedOut);
    CHECK(findings[0].text == "timed out after 2 s");
    CHECK_FALSE(findings[0].is_to_blame);
    CHECK(findings[1].fate == Fate::kAgain);
}

TEST_CASE("what the host ends because it stops leaves no report")
{
    const Victim victim;
    CHECK(autopsy({&victim, 1}, {.status = killed_by(SIGKILL), .stopping = true})[0].fate == Fate::kDropped);
}

TEST_CASE("a stack is told from the function outwards, without the handler that took it")
{
    channel::Module modules[3];
    const auto set = [](channel::Module& module, uint64_t begin, const char* name) {
        module.begin = begin;
        module.end = begin + 0x1000;
        std::strcpy(module.name, name);
    };
    set(modules[0], 0x1000, "dumbwaiter");
    set(modules[1], 0x3000, "libc.so.6");
    set(modules[2], 0x5000, "bad.so");
    const uint64_t frames[] = {0x1010, 0x1020, 0x3001, 0x3abc, 0x5139, 0x1100, 0x3900};
    CHECK(describe_stack(frames, modules) == "libc.so.6+0xabc <- bad.so+0x139");
    const auto name = [](std::string_view module, uint64_t offset) {
        return module == "bad.so" && offset == 0x139 ? "worst" : "";
    };
    CHECK(describe_stack(frames, modules, name) == "libc.so.6+0xabc <- bad.so+0x139 (worst)");
    CHECK(describe_stack({}, modules).empty());
}

TEST_CASE("what went with its spawner runs again, as often as that happens, and nobody is to blame")
{
    const Victim victims[] = {{.again = true}, {}};
    for (const size_t running : {1u, 2u}) {
        for (const Finding& finding : autopsy({victims, running}, {.status = SIGKILL, .with_spawner = true})) {
            CHECK(finding.fate == Finding::Fate::kAgain);
            CHECK_FALSE(finding.is_to_blame);
        }
    }
}
