// SPDX-License-Identifier: BSD-3-Clause
//
// codec.hpp: CBOR, byte for byte.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "codec.hpp"
#include "samples.hpp"

using namespace dumbwaiter;
using namespace std::string_literals;
namespace s = dumbwaiter::samples;

TEST_CASE("cbor is written in definite lengths, shortest integers, and tag 0 for times")
{
    struct Row {
        Document value;
        std::string bytes;
    };
    for (const Row& row : {
             Row{s::null(), "\xf6"s},
             Row{s::i64(-1), "\x20"s},
             Row{s::i64(INT64_MIN), "\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"s},
             Row{s::u64(UINT64_MAX), "\x1b\xff\xff\xff\xff\xff\xff\xff\xff"s},
             Row{s::f64(1), "\xfb\x3f\xf0\0\0\0\0\0\0"s},
             Row{s::bytes("\x01"), "\x41\x01"s},
             Row{s::map(s::Entry{"a", s::array(s::i64(500), s::boolean(false))}),
                 "\xa1\x61"
                 "a\x82\x19\x01\xf4\xf4"s},
             Row{s::time(0),
                 "\xc0\x78\x1e"
                 "1970-01-01T00:00:00.000000000Z"s},
         }) {
        std::string payload;
        REQUIRE(encode(Serializer::kCbor, row.value, payload));
        CHECK(payload == row.bytes);
    }
}

TEST_CASE("what other writers of cbor spell differently is taken")
{
    struct Row {
        std::string bytes;
        Document value;
    };
    for (const Row& row : {
             Row{"\x1b\0\0\0\0\0\0\0\x05"s, s::i64(5)},
             Row{"\x1b\x80\0\0\0\0\0\0\0"s, s::u64(uint64_t{1} << 63)},
             Row{"\xf9\x3c\0"s, s::f64(1)},
             Row{"\xf9\x7c\0"s, s::f64(INFINITY)},
             Row{"\xf9\0\x01"s, s::f64(0x1p-24)},
             Row{"\xfa\x3f\xc0\0\0"s, s::f64(1.5)},
             Row{"\xf7"s, s::null()},                                    // undefined
             Row{"\x9f\x01\x80\xff"s, s::array(s::i64(1), s::array())},  // open length
             Row{"\x9f\xff"s, s::array()},
             Row{"\xbf\x61"
                 "a\x9f\xff\xff"s,
                 s::map(s::Entry{"a", s::array()})},
             Row{"\xbf\xff"s, s::map()},
             Row{"\x7f\x61"
                 "a\x60\x62"
                 "bc\xff"s,
                 s::str("abc")},
             Row{"\x7f\x61\xc3\x61\xa9\xff"s, s::str("\u00e9")},  // cut inside a character
             Row{"\x7f\xff"s, s::str("")},
             Row{"\x5f\x41\0\x41\x01\xff"s, s::bytes("\0\x01"s)},
             Row{"\xa1\x7f\x61"
                 "a\xff\x01"s,
                 s::map(s::Entry{"a", s::i64(1)})},   // a key in pieces
             Row{"\xd9\xd9\xf7\x01"s, s::i64(1)},     // tag 55799, then any
             Row{"\xc2\x41\x05"s, s::bytes("\x05")},  // a bignum stays bytes
             Row{"\xa1\xd8\x2a\x61"
                 "a\x01"s,
                 s::map(s::Entry{"a", s::i64(1)})},  // a tagged key
             Row{"\xc0\x74"
                 "2013-03-21T20:04:00Z"s,
                 s::time(1'363'896'240'000'000'000)},
             Row{"\xc0\x7f\x6a"
                 "2013-03-21\x6a"
                 "T20:04:00Z\xff"s,
                 s::time(1'363'896'240'000'000'000)},
             Row{"\xc1\x1a\x51\x4b\x67\xb0"s, s::time(1'363'896'240'000'000'000)},
             Row{"\xc1\xfb\x41\xd4\x52\xd9\xec\x20\0\0"s, s::time(1'363'896'240'500'000'000)},
             Row{"\xc1\x20"s, s::time(-1'000'000'000)},
             Row{"\xc1\xf9\xb8\0"s, s::time(-500'000'000)},
             Row{"\x82\xc1\0\x01"s, s::array(s::time(0), s::i64(1))},  // the tag ends with its item
         }) {
        CAPTURE(to_json(row.value));
        const auto decoded = decode(Serializer::kCbor, row.bytes);
        REQUIRE(decoded);
        CHECK(same(*decoded, row.value));
    }
}

TEST_CASE("malformed cbor is damage, and so is what a value cannot hold")
{
    const std::string deep = std::string(kMaxDepth, '\x81') + "\x80";
    const std::string abyss(1'000'000, '\x9f');
    for (const std::string& bytes : {
             ""s,
             "\x01\x02"s,
             "\xf6\0"s,
             "\x1c"s,
             "\xfc"s,
             "\xf8\x20"s,
             "\x18"s,
             "\x82\x01"s,
             "\x62"
             "a"s,
             "\xa1\x61"
             "a"s,
             "\x7b\xff\xff\xff\xff\xff\xff\xff\xff"
             "a"s,
             "\x5b\x7f\xff\xff\xff\xff\xff\xff\xff"s,
             "\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01\xff"s,
             "\xbb\x80\0\0\0\0\0\0\0"s,
             "\x9a\xff\xff\xff\xff"s,
             "\x9f\x01"s,
             "\xff"s,
             "\x81\xff"s,
             "\xa1\xff"s,
             "\xbf\x61"
             "a\xff"s,
             "\x82\x9f\xff"s,
             "\xa1\x01\x02"s,
             "\xa1\x41"
             "a\x02"s,
             "\xbf\x80\x01\xff"s,
             "\xa1\xf6\x01"s,  // keys that are not text
             "\x61\xff"s,
             "\xa1\x61\xff\x01"s,
             "\x7f\x61\xff\xff"s,  // not UTF-8
             "\x7f\x41"
             "a\xff"s,
             "\x5f\x61"
             "a\xff"s,
             "\x7f\x01\xff"s,
             "\x7f\x7f\xff\xff"s,  // pieces of another kind
             "\x7f\xc6\x61"
             "a\xff"s,
             "\x7f\x80\xff"s,
             "\xc6"s,
             "\x9f\xc6\xff"s,
             "\x9f\xc0\xff"s,  // a tag without an item
             "\xc0\x01"s,
             "\xc0\x80"s,
             "\xc0\x61"
             "x"s,
             "\xc0\x41"
             "x"s,
             "\xc0\xf6"s,
             "\xc0\xc1\x01"s,
             "\xc1\x61"
             "x"s,
             "\xc1\xf4"s,
             "\xc1\xfb\x7f\xf8\0\0\0\0\0\0"s,
             "\xc1\xf9\x7c\0"s,
             "\xc1\x1b\x7f\xff\xff\xff\xff\xff\xff\xff"s,
             "\xc1\x1b\xff\xff\xff\xff\xff\xff\xff\xff"s,
             "\xa1\xc0\x74"
             "2013-03-21T20:04:00Z\x01"s,  // a time for a key
             "\x3b\x80\0\0\0\0\0\0\0"s,
             "\x3b\xff\xff\xff\xff\xff\xff\xff\xff"s,  // below the i64 minimum
             deep,
             abyss,
         }) {
        CAPTURE(bytes.substr(0, 20));
        const auto decoded = decode(Serializer::kCbor, bytes);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code == Code::kDamaged);
        CHECK(decoded.error().message.starts_with("malformed cbor: "));
    }
}

TEST_CASE("the message says what is wrong and where")
{
    CHECK(decode(Serializer::kCbor, "\xa1\x01\x02").error().message ==
          "malformed cbor: a map with a key that is not text at byte 1");
    CHECK(decode(Serializer::kCbor, "\x01\x02").error().message == "malformed cbor: bytes after the value at byte 1");
}
