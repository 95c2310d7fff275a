// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cstdlib>

#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("a Rust program reads values over reader.h, and hears what is wrong")
{
    World world;
    world.write(
        "[functions.tick]\nfunction = \"tick.so:tick\"\n"
        "[functions.echo]\nfunction = \"echo.so:echo\"\nargs = [1.5, \"snow \\u2603\"]\nserializer = \"cbor\"\n");
    const std::filesystem::path reader = std::filesystem::path(std::getenv("EXAMPLES")) / "rust_reader";
    CHECK(world.run_program(reader, {world.store().string(), "tick"}).code == 1);
    CHECK(world.once().code == 0);

    CHECK(world.run_program(reader, {world.store().string(), "tick"}).out == "1 (1, fresh)\n");
    CHECK(world.run_program(reader, {world.store().string(), "echo"}).out == "[1.5,\"snow ☃\"] (1, fresh)\n");
    const Done none = world.run_program(reader, {world.store().string(), "nobody"});
    CHECK(none.code == 1);
    CHECK(has(none.err, "nobody"));
}
