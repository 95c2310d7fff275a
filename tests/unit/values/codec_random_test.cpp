// SPDX-License-Identifier: BSD-3-Clause
//
// codec.hpp: random values, and payloads broken at random, from fixed seeds.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>
#include <string>

#include "codec.hpp"
#include "round_trip.hpp"

using namespace dumbwaiter;

namespace {

// A random value; `depth` levels may still be opened below it.
void append_random(Document& to, std::mt19937_64& random, int depth, bool json)
{
    static constexpr Type kScalars[] = {Type::kNull, Type::kBool, Type::kI64,   Type::kU64,
                                        Type::kF64,  Type::kStr,  Type::kBytes, Type::kTime};
    const auto below = [&](uint64_t end) { return random() % end; };
    if (depth > 0 && below(3) == 0) {
        const bool is_map = below(2) == 0;
        const uint64_t size = below(7);
        const uint32_t at = to.open(is_map ? Type::kMap : Type::kArray);
        for (uint64_t i = 0; i < size; ++i) {
            if (is_map) to.append_text(Type::kStr, "k\u20ac" + std::to_string(i));
            append_random(to, random, depth - 1, json);
        }
        to.close(at, size);
        return;
    }
    switch (kScalars[below(json ? 6 : 8)]) {
        case Type::kBool: to.append_i64(Type::kBool, static_cast<int64_t>(below(2))); break;
        case Type::kI64:
            to.append_i64(Type::kI64, static_cast<int64_t>(random() >> below(64)) * (below(2) ? 1 : -1));
            break;
        case Type::kU64: to.append_unsigned(random() >> below(64)); break;
        case Type::kTime: to.append_i64(Type::kTime, static_cast<int64_t>(random())); break;
        case Type::kF64: {
            const double number = std::bit_cast<double>(random());
            to.append_f64(json && !std::isfinite(number) ? 0.25 : number);
            break;
        }
        case Type::kStr: {
            static constexpr std::string_view kParts[] = {"a",      "\"",     "\\",         "\n",
                                                          "\u00e9", "\u20ac", "\U0001f37d", {"\0", 1}};
            std::string text;
            for (uint64_t i = below(40); i > 0; --i) text += kParts[below(std::size(kParts))];
            to.append_text(Type::kStr, text);
            break;
        }
        case Type::kBytes: {
            std::string bytes(below(300), '\0');
            for (char& byte : bytes) byte = static_cast<char>(random());
            to.append_text(Type::kBytes, bytes);
            break;
        }
        default: to.append(Type::kNull);
    }
}

}  // namespace

TEST_CASE("2000 random values come back the same")
{
    std::mt19937_64 random(20261123);
    for (int i = 0; i < 2000; ++i) {
        for (const Serializer serializer : kTrees) {
            Document value;
            append_random(value, random, 6, serializer == Serializer::kJson);
            CAPTURE(to_json(value));
            REQUIRE(same(round_trip(serializer, value), value));
        }
    }
}

TEST_CASE("cut or changed payloads decode to something or to damage, never to a crash")
{
    std::mt19937_64 random(7);
    for (int i = 0; i < 2000; ++i) {
        const Serializer serializer = kTrees[i % 3];
        Document value;
        append_random(value, random, 4, serializer == Serializer::kJson);
        std::string payload;
        REQUIRE(encode(serializer, value, payload));
        for (int change = 0; change < 10; ++change) {
            std::string other = payload;
            other[random() % other.size()] = static_cast<char>(random());
            if (change % 2) other.resize(random() % (other.size() + 1));
            const auto decoded = decode(serializer, other);
            if (!decoded) REQUIRE(decoded.error().code == Code::kDamaged);
            if (decoded) REQUIRE(decoded->nodes[0].end == decoded->nodes.size());
        }
    }
}
