// SPDX-License-Identifier: BSD-3-Clause
#include "confinement_check.hpp"

#include <doctest/doctest.h>

#include <string>

#include "parsed_manifest.hpp"
#include "sandbox.hpp"

using namespace dumbwaiter;

namespace {

std::vector<Problem> problems_of(const std::string& text)
{
    return confinement_problems(parsed(text + "\n[functions]\na = \"a.so:f\"\nb = \"b.so:f\"\n", "/nowhere"));
}

const std::string kProcess = "[dumbwaiter]\nisolation = \"process\"\n";

}  // namespace

TEST_CASE("what this machine can hold is no problem")
{
    CHECK(problems_of("").empty());
    CHECK(problems_of(kProcess).empty());
    CHECK(problems_of(kProcess + "[limits]\nmemory = \"8MiB\"\nopen_files = 64\ncpu_seconds = 5").empty());
}

TEST_CASE("a limit beyond what the host has is a problem at the first limit")
{
    const auto own = problems_of(kProcess + "[library.\"a.so\"]\nopen_files = 1048576\n");
    // Root may raise it, up to fs.nr_open.
    if (!own.empty()) {
        CHECK(own[0].at == Position{4, 1});
        CHECK(own[0].message.find("open_files = 1048576 cannot be had") != std::string::npos);
    }
}

TEST_CASE("a sandbox that cannot be entered is a problem where it is asked for")
{
    const auto problems =
        problems_of(kProcess + "[library.\"a.so\"]\nsandbox = \"strict\"\nallow_read = [\"missing\"]\n");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].at == Position{4, 1});
    const std::string wanted = sandbox_available() ? "/nowhere/missing" : "cannot be held here";
    CHECK_MESSAGE(problems[0].message.find(wanted) != std::string::npos, problems[0].message);
}
