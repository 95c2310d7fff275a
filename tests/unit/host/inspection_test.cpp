// SPDX-License-Identifier: BSD-3-Clause
//
// Libraries tried out in a child: what they say, and how they die.
#include "inspection.hpp"

#include <doctest/doctest.h>
#include <dumbwaiter/plugin.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "scratch_folder.hpp"
#include "taken.hpp"
#include "trial_process.hpp"

using namespace dumbwaiter;
using namespace std::chrono_literals;

namespace {

const std::filesystem::path kFixtures = FIXTURES;

Inspection inspected(const std::string& name)
{
    const auto inspection = inspect_library(taken(kFixtures / name));
    REQUIRE(inspection);
    return *inspection;
}

}  // namespace

TEST_CASE("an inspection tells all that a library says of itself")
{
    const Inspection clock = inspected("clock.so");
    CHECK(clock.load_fault.empty());
    REQUIRE(clock.functions.size() == 2);
    CHECK(clock.functions[0].symbol == "now");
    CHECK(clock.functions[0].summary == "Seconds since the epoch");
    CHECK(clock.functions[0].args_schema.empty());
    const InspectedFunction& tick = clock.functions[1];
    CHECK(tick.summary == "Counts");
    CHECK(tick.result_schema == "{\"type\":\"integer\"}");
    CHECK(tick.flags == DW_SERIAL);
    CHECK(tick.suggested_frequency_ns == 5'000'000'000);
    CHECK(tick.fault.empty());
}

TEST_CASE("an inspection describes functions that this host refuses, and says why")
{
    const Inspection odd = inspected("odd.so");
    CHECK(odd.load_fault.empty());
    const auto function = [&](const char* symbol) {
        return *std::ranges::find(odd.functions, symbol, &InspectedFunction::symbol);
    };
    CHECK(function("good").fault.empty());
    CHECK(function("newer").required_minor == 7);
    CHECK(function("newer").fault.find("1.7") != std::string::npos);
    CHECK(function("lonely").summary == "Process only");
    CHECK(function("lonely").fault.empty());
    CHECK(function("empty").fault.find("run is NULL") != std::string::npos);
    CHECK(function("typo").fault.starts_with("its args_schema is no JSON Schema: "));
    CHECK(function("cut").fault == "its result_schema is no JSON");
    CHECK(function("round").fault == "its args_schema refers to itself without going into the value");
    CHECK(function("picky").fault.empty());
    CHECK(function("latin").summary == "Gr\uFFFD\uFFFDe");
    CHECK(function("latin").fault.empty());
    CHECK(function("bare_code").fault.find("is code") != std::string::npos);
}

TEST_CASE("a library whose constructor does harm still has its names, and the cause")
{
    struct Row {
        std::string name, cause;
    };
    for (const Row& row : std::vector<Row>{{"aborts.so", "aborts.so died of SIGABRT while it was loaded"},
                                           {"segfaults.so", "died of SIGSEGV while it was loaded"},
                                           {"exits.so", "exited with 7 while it was loaded"},
                                           {"leaves.so", "exited with 0 while it was loaded"},
                                           {"babbles.so", "said nothing that makes sense while it was loaded"},
                                           {"unresolved.so", "undefined symbol"}}) {
        CAPTURE(row.name);
        const Inspection inspection = inspected(row.name);
        CHECK_MESSAGE(inspection.load_fault.find(row.cause) != std::string::npos, inspection.load_fault);
        REQUIRE(inspection.functions.size() == 1);
        CHECK(inspection.functions[0].symbol == "whisper");
        CHECK(inspection.functions[0].summary.empty());
    }
}

TEST_CASE("a trial loads its own library, whatever this process has loaded and closed before")
{
    for (int round = 0; round < 3; ++round) {
        REQUIRE(open_library(kFixtures / "clock.so"));
        CHECK(inspected("odd.so").load_fault.empty());
        REQUIRE(open_library(kFixtures / "bare.so"));
    }
}

TEST_CASE("a library that leaves a process behind holds nobody up")
{
    CHECK(inspected("daemon.so").load_fault.empty());
}

TEST_CASE("a file that is no library is not taken for one")
{
    const ScratchFolder folder;
    const auto library = take_library(folder.write("x.so", "text"), Trust::kOwner);
    REQUIRE(!library);
    CHECK(library.error().code == Code::kIncompatible);
}

TEST_CASE("a trial that hangs is killed when its time is up")
{
    const auto trial = run_trial(
        []() -> std::string {
            for (;;) ::pause();
        },
        50ms);
    REQUIRE(trial);
    CHECK(trial->death == "hung for 0.05 s and was killed");
}

TEST_CASE("a trial hands over whatever its work says, long or short")
{
    for (const size_t size : {size_t{0}, size_t{1}, size_t{1} << 20}) {
        const std::string words(size, 'x');
        const auto trial = run_trial([&] { return words; }, 60s);
        REQUIRE(trial);
        CHECK(trial->death.empty());
        CHECK(trial->said == words);
    }
}

TEST_CASE("a trial has no descriptors but its own, and leaves none open here")
{
    const auto count = [] {
        size_t open = 0;
        for (int descriptor = 0; descriptor < 256; ++descriptor) open += ::dup2(descriptor, descriptor) >= 0 ? 1 : 0;
        return open;
    };
    const size_t before = count();
    const auto trial = run_trial([&] { return std::to_string(count()); }, 60s);
    REQUIRE(trial);
    CHECK(trial->said == "4");
    CHECK(count() == before);
    const int kept[] = {::fcntl(1, F_DUPFD, 100), ::fcntl(1, F_DUPFD, 200)};
    const auto with_kept = run_trial([&] { return std::to_string(count()); }, 60s, kept);
    for (const int descriptor : kept) ::close(descriptor);
    REQUIRE(with_kept);
    CHECK(with_kept->said == "6");
}

TEST_CASE("a library that is only tried finds nothing of the service manager in its environment")
{
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::setenv(name, "1", 1);
    const auto trial = run_trial(
        [] {
            std::string said;
            for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "PATH"}) {
                if (::getenv(name) != nullptr) said += name;
            }
            return said;
        },
        std::chrono::seconds(20));
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    REQUIRE(trial);
    CHECK(trial->said == "PATH");
}
