// SPDX-License-Identifier: BSD-3-Clause
//
// builder.hpp: how deep, how large, how many.
#include <doctest/doctest.h>
#include <dumbwaiter/codes.h>

#include <string>

#include "builder.hpp"
#include "samples.hpp"

using namespace dumbwaiter;
namespace s = dumbwaiter::samples;

namespace {

Builder begun(uint64_t limit = 0)
{
    Builder builder;
    builder.begin(limit);
    return builder;
}

}  // namespace

TEST_CASE("128 levels are allowed, put or copied")
{
    Builder b = begun();
    for (int i = 0; i < 127; ++i) REQUIRE(b.open_array() == DW_OK);
    CHECK(b.put_subtree(s::array(), 0) == DW_OK);
    for (int i = 0; i < 127; ++i) REQUIRE(b.close() == DW_OK);
    CHECK(b.finish() == DW_OK);
    CHECK(same(b.document(), s::nested(128)));
    b.begin(0);
    CHECK(b.put_subtree(s::nested(128), 0) == DW_OK);
    CHECK(b.finish() == DW_OK);
}

TEST_CASE("what fits the limit in some serializer is let through, what cannot fit in any is refused")
{
    Builder b = begun(3);
    CHECK(b.put_str("abc") == DW_OK);  // raw takes three bytes
    b.begin(3);
    CHECK(b.put_bytes("abcd") == DW_LIMIT);
    CHECK(b.fault() == "the result is larger than 3 bytes");
    b.begin(3);
    CHECK(b.open_array() == DW_OK);
    CHECK(b.put_i64(1) == DW_OK);
    CHECK(b.put_i64(2) == DW_OK);
    CHECK(b.put_i64(3) == DW_LIMIT);
    b.begin(3);
    CHECK(b.open_map() == DW_OK);
    CHECK(b.key("abc") == DW_LIMIT);
    b.begin(3);
    CHECK(b.put_raw("text/plain", "abcd") == DW_LIMIT);
    b.begin(3);
    CHECK(b.put_subtree(s::array(s::i64(1), s::i64(2), s::i64(3)), 0) == DW_LIMIT);
    b.begin(3);
    CHECK(b.put_subtree(s::array(s::i64(1), s::i64(2)), 0) == DW_OK);
}

TEST_CASE("a size that is certain to be too large is refused before a byte of it is looked at")
{
    const char byte = 'x';
    const std::string_view absurd(&byte, size_t{1} << 40);
    for (const uint64_t limit : {uint64_t{0}, uint64_t{1000}}) {
        Builder b = begun(limit);
        CHECK(b.put_str(absurd) == DW_LIMIT);
        b.begin(limit);
        CHECK(b.put_bytes(absurd) == DW_LIMIT);
        b.begin(limit);
        CHECK(b.put_raw("", absurd) == DW_LIMIT);
        b.begin(limit);
        b.open_map();
        CHECK(b.key(absurd) == DW_LIMIT);
    }
}

TEST_CASE("a map of 100000 keys is built without looking at every pair of them")
{
    Builder b = begun();
    for (int round = 0; round < 2; ++round) {
        b.begin(0);
        b.open_map();
        for (int i = 0; i < 100'000; ++i) {
            REQUIRE(b.key("key " + std::to_string(i)) == DW_OK);
            b.put_i64(i);
        }
        CHECK(b.key("key 50000") == DW_MISUSE);
        CHECK(b.fault() == "duplicate key \"key 50000\"");
    }
}
