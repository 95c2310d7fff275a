// SPDX-License-Identifier: BSD-3-Clause
//
// codec.hpp: MessagePack, byte for byte.
#include <doctest/doctest.h>

#include <string>

#include "codec.hpp"
#include "samples.hpp"

using namespace dumbwaiter;
using namespace std::string_literals;
namespace s = dumbwaiter::samples;

TEST_CASE("a time is the timestamp extension of eight bytes, or of twelve where the seconds need more than 34 bits")
{
    struct Row {
        int64_t unix_ns;
        std::string bytes;
    };
    for (const Row& row : {
             Row{1'000'000'001, "\xd7\xff\0\0\0\x04\0\0\0\x01"s},
             Row{-1, "\xc7\x0c\xff\x3b\x9a\xc9\xff\xff\xff\xff\xff\xff\xff\xff\xff"s},
         }) {
        std::string payload;
        REQUIRE(encode(Serializer::kMsgpack, s::time(row.unix_ns), payload));
        CHECK(payload == row.bytes);
    }
}

TEST_CASE("what other writers of MessagePack spell differently is taken")
{
    struct Row {
        std::string bytes;
        Document value;
    };
    for (const Row& row : {
             Row{"\xd6\xff\0\0\0\x02"s, s::time(2'000'000'000)},
             Row{"\xd6\xff\xff\xff\xff\xff"s, s::time(int64_t{UINT32_MAX} * 1'000'000'000)},
             Row{"\xc7\x08\xff\0\0\0\0\0\0\0\x01"s, s::time(1'000'000'000)},
             Row{"\xd3\0\0\0\0\0\0\0\x05"s, s::i64(5)},
             Row{"\xcf\0\0\0\0\0\0\0\x05"s, s::i64(5)},
             Row{"\xcf\x80\0\0\0\0\0\0\0"s, s::u64(uint64_t{1} << 63)},
             Row{"\xca\x3f\x80\0\0"s, s::f64(1)},
             Row{"\xdb\0\0\0\x01"
                 "a"s,
                 s::str("a")},
             Row{"\xdd\0\0\0\x01\xc0"s, s::array(s::null())},
             Row{"\xdf\0\0\0\x01\xa1"
                 "a\xc3"s,
                 s::map(s::Entry{"a", s::boolean(true)})},
         }) {
        const auto decoded = decode(Serializer::kMsgpack, row.bytes);
        REQUIRE(decoded);
        CHECK(same(*decoded, row.value));
    }
}

TEST_CASE("malformed MessagePack is damage")
{
    const std::string deep = std::string(kMaxDepth, '\x91') + "\x90";
    const std::string abyss(1'000'000, '\x91');
    for (const std::string& bytes : {
             ""s,
             "\xc1"s,
             "\x92\x01"s,
             "\x01\x02"s,
             "\xa2"
             "a"s,
             "\xa1\xff"s,
             "\x81\xa1\xff\x01"s,
             "\x81\x01\x02"s,
             "\x81\xa1"
             "a"s,
             "\xdd\xff\xff\xff\xff"s,
             "\xdf\xff\xff\xff\xff"s,
             "\xdb\xff\xff\xff\xff"
             "a"s,
             "\xc6\xff\xff\xff\xff"s,
             "\xcb\0"s,
             deep,
             abyss,
             "\xd4\x01\0"s,                              // an extension that is no timestamp
             "\xd4\xff\0"s,                              // a timestamp of one byte
             "\xd7\xff\xff\xff\xff\xff\0\0\0\0"s,        // nanoseconds above 999999999
             "\xc7\x0c\xff\0\0\0\0\x7f\0\0\0\0\0\0\0"s,  // seconds beyond what nanoseconds can count
         }) {
        const auto decoded = decode(Serializer::kMsgpack, bytes);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code == Code::kDamaged);
        CHECK(decoded.error().message.starts_with("malformed msgpack: "));
    }
}
