// SPDX-License-Identifier: BSD-3-Clause
//
// F36: libraries that are none, or not for this host.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

#include "bad_libraries.hpp"
#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("F36: every bad library is refused with its reason by the program itself")
{
    Row row("F36", "bad .so files");
    World world;
    const std::string good = read_file(std::filesystem::path(FIXTURES) / "clock.so");
    world.write("[functions]\nnow = \"./x.so:now\"\n");
    world.write_file("x.so", good);
    REQUIRE(world.run({"check", "--manifest", world.manifest().string()}).code == 0);
    const auto all = bad_libraries(good);
    const auto step = static_cast<size_t>(tries(10, 1));
    Durations refusals;
    for (size_t i = 0; i < all.size(); i += step) {
        row.attempt([&] {
            const BadLibrary& bad = all[i];
            world.write_file("x.so", bad.bytes);
            const Stopwatch refusal;
            const Done check = world.run({"check", "--manifest", world.manifest().string()});
            refusals.add(refusal.ms());
            CHECK_MESSAGE(check.code == 2, bad.what);
            CHECK_MESSAGE(has(check.err, bad.reason), bad.what << ": " << check.err);
        });
    }
    CHECK(all.size() >= 300);
    row.figure(fmt::format("{} of {} files, {}", (all.size() + step - 1) / step, all.size(),
                           refusals.text("refused after (a process each)")));
}
