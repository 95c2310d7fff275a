// SPDX-License-Identifier: BSD-3-Clause
#include "reader_places.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

using namespace dumbwaiter;

namespace {

// Names and their records as they lie in a page, each record behind its name.
class Map {
public:
    explicit Map(size_t names)
    {
        memory_.reserve(names * kEach);
        for (size_t i = 0; i < names; ++i) memory_ += fmt::format("n{:07}=record", i);
    }
    std::string_view name(size_t i) const { return std::string_view(memory_).substr(i * kEach, kName); }
    std::string_view record(size_t i) const { return std::string_view(memory_).substr(i * kEach + kName, kRecord); }

private:
    static constexpr size_t kName = 8, kRecord = 7, kEach = kName + kRecord;
    std::string memory_;
};

class Thread {
public:
    explicit Thread(size_t names) : map(names) {}

    // As a read does it; true: it was known.
    bool read(size_t i, uint64_t txn)
    {
        if (!places.is_worth_a_look()) return false;
        ++looks;
        const std::string_view found = places.find(map.name(i), txn);
        if (found.empty()) {
            places.note(map.name(i), txn, map.record(i));
            return false;
        }
        REQUIRE(found.data() == map.record(i).data());
        REQUIRE(found.size() == map.record(i).size());
        return true;
    }
    size_t read_all(uint64_t txn, size_t names)
    {
        size_t known = 0;
        for (size_t i = 0; i < names; ++i) known += read(i, txn);
        return known;
    }

    const Map map;
    KnownPlaces places;
    size_t looks = 0;
};

constexpr size_t kHundredThousand = 100'000;

}  // namespace

TEST_CASE("a name is known from its first read until the next commit")
{
    Thread thread(2);
    CHECK_FALSE(thread.read(0, 7));
    CHECK(thread.read(0, 7));
    CHECK_FALSE(thread.read(1, 7));
    CHECK_FALSE(thread.read(0, 8));
    CHECK(thread.read(0, 8));
    thread.places.forget();
    CHECK_FALSE(thread.read(0, 8));
}

TEST_CASE("a name is not taken for one that ends alike, nor for one of the same hash")
{
    // CRC-32C is linear: whatever a name is, another one of the same hash is made by four bytes.
    struct Row {
        std::string noted, other;
    };
    const std::string zeros(5, '\0'), like_zeros = "\x01\x03\x83\x6b\xf2",
                                      like_abc = std::string("\xab\x9b\xe0\x9b") + "abc";
    const std::vector<Row> rows = {{"abc", "bc"}, {"abc", "xabc"}, {"abc", ""}, {zeros, like_zeros}, {like_abc, "abc"}};
    for (const Row& row : rows) {
        CAPTURE(row.other);
        const std::string memory = row.noted + "=record";
        KnownPlaces places;
        REQUIRE(places.is_worth_a_look());
        places.note(row.noted, 1, std::string_view(memory).substr(row.noted.size()));
        CHECK(places.find(row.noted, 1) == "=record");
        CHECK(places.find(row.other, 1).empty());
    }
}

TEST_CASE("a record that lies apart from its key is not noted, and takes no place")
{
    const std::string memory = "abc=record", apart = "xyz=record";
    KnownPlaces places;
    REQUIRE(places.is_worth_a_look());
    places.note("abc", 1, std::string_view(memory).substr(3));
    for (int times = 0; times < 2; ++times) places.note("abc", 1, std::string_view(apart).substr(3));
    CHECK(places.find("abc", 1).data() == memory.data() + 3);
}

TEST_CASE("of a thousand names that are read in turn nearly all are known, in room for few")
{
    Thread thread(1'000);
    thread.read_all(1, 1'000);
    CHECK(thread.read_all(1, 1'000) > 950);
    CHECK(thread.places.room() == KnownPlaces::kFew);
}

TEST_CASE("of a hundred thousand names that are read in turn most are known, in room for many")
{
    Thread thread(kHundredThousand);
    for (int rounds = 0; rounds < 2; ++rounds) thread.read_all(1, kHundredThousand);
    CHECK(thread.read_all(1, kHundredThousand) > kHundredThousand * 3 / 4);
    CHECK(thread.places.room() == KnownPlaces::kMany);
    // And so from one commit to the next, if all are read a few times.
    for (int rounds = 0; rounds < 3; ++rounds) thread.read_all(2, kHundredThousand);
    CHECK(thread.read_all(3, kHundredThousand) == 0);
    CHECK(thread.places.room() == KnownPlaces::kMany);
}

TEST_CASE("room for many is given back when a commit comes before names come again")
{
    Thread thread(kHundredThousand);
    for (int rounds = 0; rounds < 3; ++rounds) thread.read_all(1, kHundredThousand);
    REQUIRE(thread.places.room() == KnownPlaces::kMany);
    thread.read_all(2, kHundredThousand);
    thread.read_all(3, 1);
    CHECK(thread.places.room() == KnownPlaces::kFew);
}

TEST_CASE("names that never come again are looked for ever more rarely")
{
    constexpr size_t kNames = 1'000'000, kReads = 32 * kNames;
    Thread thread(kNames);
    for (size_t i = 0; i < kReads; ++i) thread.read(i % kNames, 1 + i / kNames);
    CHECK(thread.looks < kReads / 32 + 5 * KnownPlaces::kMany);
}
