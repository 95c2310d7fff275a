// SPDX-License-Identifier: BSD-3-Clause
//
// A plugin may include everything that is installed, in any order.
#include <doctest/doctest.h>
#include <dumbwaiter/reader.h>
#include <dumbwaiter/plugin.hpp>
#include <dumbwaiter/reader.hpp>

TEST_CASE("the reader's and the plugins' headers live in one file")
{
    dumbwaiter::Value value(dumbwaiter::Value::Array{1, "two", dumbwaiter::Time{3}});
    CHECK(value[0].as_i64() == 1);
    CHECK(value[1].as_str() == "two");
    CHECK(value[2].as_time().unix_ns == 3);
    CHECK_THROWS_AS((void)value[3], dumbwaiter::ReadError);
    CHECK(dumbwaiter::Reading().is_damaged());
}
