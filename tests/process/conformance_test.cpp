// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "conformance.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

TEST_CASE("a plugin gives the same in every language")
{
    // The last is there only where a Rust compiler is.
    for (const char* library : {"conformance_c.so", "conformance_cpp.so", "no_macros.so", "rust_plain.so"}) {
        CAPTURE(library);
        if (!std::filesystem::exists(test_plugin(library)) && library == std::string_view("rust_plain.so")) continue;
        check_conformance(test_plugin(library));
    }
}
