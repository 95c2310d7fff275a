// SPDX-License-Identifier: BSD-3-Clause
//
// F34: exceptions that leave a function.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("F34: an exception of any kind is a report, in a child as in a thread, out of any compiler")
{
    Row row("F34", "std, int and foreign exceptions");
    struct Kind {
        const char *symbol, *text;
    };
    const Kind kinds[] = {{"std_exception", "thrown on purpose"},
                          {"number", ""},
                          {"after_put", "thrown after the put"},
                          {"create", "thrown while the state was made"},
                          {"foreign", "threw an exception that is not of C++"}};
    std::vector<std::string> libraries = {"throws.so"};
    if (std::filesystem::exists(test_plugin("throws_clang.so"))) libraries.push_back("throws_clang.so");
    for (const std::string isolation : {"process", "thread"}) {
        for (const std::string& library : libraries) {
            World world;
            std::string functions = entry("tick", "tick.so:tick");
            for (const Kind& kind : kinds) functions += entry(kind.symbol, library + ":" + kind.symbol);
            world.write(functions, "isolation = \"" + isolation + "\"");
            for (int i = 0; i < tries(1, 20); ++i) {
                CHECK(world.once().code == 1);
                for (const Kind& kind : kinds) {
                    row.attempt([&] {
                        CAPTURE(isolation + " " + library + " " + kind.symbol);
                        const auto errors = world.errors(kind.symbol);
                        REQUIRE(!errors.empty());
                        const Json& report = errors.front();
                        CHECK(report["outcome"] == "threw");
                        CHECK_MESSAGE(has(report["text"], kind.text), report["text"]);
                        CHECK(world.reading(kind.symbol).is_null());
                    });
                }
                CHECK(world.sequence("tick") == static_cast<uint64_t>(i + 1));
            }
        }
    }
    row.figure(fmt::format("{} compilers, both isolations", libraries.size()));
}
