// SPDX-License-Identifier: BSD-3-Clause
//
// Hundreds of bad libraries through all that a manifest's library goes through: refused with a reason, harming nobody.
#include "bad_libraries.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "registry.hpp"
#include "scratch_folder.hpp"

using namespace dumbwaiter;
using test::BadLibrary;

namespace {

std::string good_library()
{
    std::ifstream stream(std::filesystem::path(FIXTURES) / "clock.so", std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("every bad library is refused with its reason")
{
    const std::string good = good_library();
    const auto all = test::bad_libraries(good);
    CHECK(all.size() >= 300);
    const ScratchFolder folder;
    const auto file = folder.write("x.so", good);
    const Manifest manifest = parse_manifest("[functions]\na = \"./x.so:now\"\n", "m", folder.path).manifest;
    REQUIRE(resolve(manifest).problems.empty());
    for (const BadLibrary& bad : all) {
        CAPTURE(bad.what);
        folder.write("x.so", bad.bytes);
        const auto problems = resolve(manifest).problems;
        REQUIRE(problems.size() == 1);
        CHECK_MESSAGE(problems[0].message.starts_with(file.string()), problems[0].message);
        CHECK_MESSAGE(problems[0].message.find(bad.reason) != std::string::npos, problems[0].message);
        CHECK(problems[0].at.line == 2);
    }
}
