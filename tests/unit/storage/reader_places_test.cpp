// SPDX-License-Identifier: BSD-3-Clause
#include "reader_places.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "databases.hpp"
#include "key.hpp"
#include "lmdb_env.hpp"
#include "lowered_limit.hpp"
#include "reader_environment.hpp"
#include "scratch.hpp"
#include "store.hpp"

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
    const std::vector<Row> rows = {{"abc", "abd"}, {zeros, like_zeros}, {like_abc, "abc"}};
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

TEST_CASE("LMDB leaves a short record right behind its key, and a long one elsewhere")
{
    constexpr size_t kLong = 10'000;
    const scratch::Folder folder;
    std::filesystem::create_directory(folder.store());
    auto env = LmdbEnv::open(folder.store(), {.no_sync = true});
    REQUIRE(env);
    Databases databases;
    LmdbTxn txn;
    REQUIRE(env->begin_write(txn) == kLmdbOk);
    REQUIRE(databases.open(txn, true) == kLmdbOk);
    for (const size_t of_name : {size_t{1}, size_t{2}, size_t{63}, kMaxNameLength}) {
        for (const size_t of_record : {size_t{0}, size_t{1}, size_t{100}, kLong}) {
            CAPTURE(of_name);
            CAPTURE(of_record);
            const std::string name(of_name, 'n');
            std::string_view bytes;
            REQUIRE(txn.put(databases.newest, name, std::string(of_record, 'r')) == kLmdbOk);
            REQUIRE(txn.get(databases.newest, name, bytes) == kLmdbOk);
            KnownPlaces places;
            REQUIRE(places.is_worth_a_look());
            places.note(name, 1, bytes);
            CHECK((places.find(name, 1).data() == bytes.data()) == (of_record < kLong));
        }
    }
}

TEST_CASE("what a thread knew of an environment is let go of as soon as that is closed")
{
    const scratch::Folder folder;
    REQUIRE(Store::open(folder.store(), {.durability = Durability::kVolatile}));
    auto environment = SharedEnvironment::open(folder.store());
    REQUIRE(environment);
    Snapshot snapshot;
    std::optional<Error> error;
    REQUIRE((*environment)->begin(snapshot, error) == SharedEnvironment::Begun::kOk);
    KnownPlaces& places = snapshot.places();  // the slot is this thread's, and outlives its environment
    const std::string memory = "abc=record";
    REQUIRE(places.is_worth_a_look());
    places.note("abc", 1, std::string_view(memory).substr(3));
    CHECK_FALSE(places.find("abc", 1).empty());
    snapshot.end();
    (*environment)->retire();
    CHECK(places.find("abc", 1).empty());
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

TEST_CASE("room for many outlasts commits that come in a burst")
{
    Thread thread(kHundredThousand);
    uint64_t txn = 1;
    for (int bursts = 0; bursts < 3; ++bursts) {
        for (int rounds = 0; rounds < 4; ++rounds) thread.read_all(txn, kHundredThousand);
        REQUIRE(thread.places.room() == KnownPlaces::kMany);
        for (int commits = 0; commits < 5; ++commits) thread.read_all(++txn, 10'000);
        CHECK(thread.places.room() == KnownPlaces::kMany);
        ++txn;
    }
}

TEST_CASE("room for many is given back when commits always come before names come again")
{
    Thread thread(kHundredThousand);
    for (int rounds = 0; rounds < 3; ++rounds) thread.read_all(1, kHundredThousand);
    REQUIRE(thread.places.room() == KnownPlaces::kMany);
    for (uint64_t commits = 1; commits <= 2 * KnownPlaces::kMany / 10'000; ++commits) {
        thread.read_all(1 + commits, 10'000);
    }
    CHECK(thread.places.room() == KnownPlaces::kFew);
}

TEST_CASE("room for many is given back when few names are read, and made again when many are")
{
    Thread thread(kHundredThousand);
    for (int rounds = 0; rounds < 3; ++rounds) thread.read_all(1, kHundredThousand);
    uint64_t txn = 1;
    for (uint64_t reads = 0; reads <= 2 * KnownPlaces::kMany; reads += 1'000) {
        if (reads % 10'000 == 0) ++txn;
        thread.read_all(txn, 1'000);
    }
    CHECK(thread.places.room() == KnownPlaces::kFew);
    for (int rounds = 0; rounds < 3; ++rounds) thread.read_all(txn, kHundredThousand);
    CHECK(thread.places.room() == KnownPlaces::kMany);
}

TEST_CASE("room for many that cannot be had is not asked for at each read")
{
    Thread thread(kHundredThousand);
    thread.read_all(1, 5'000);
    {
        const test::LoweredLimit no_memory(RLIMIT_AS);
        thread.read_all(1, kHundredThousand);
    }
    CHECK(thread.places.room() == KnownPlaces::kFew);
    CHECK(thread.looks < kHundredThousand / 2);
}

TEST_CASE("names that never come again are looked for ever more rarely")
{
    constexpr size_t kNames = 1'000'000, kReads = 32 * kNames;
    Thread thread(kNames);
    for (size_t i = 0; i < kReads; ++i) thread.read(i % kNames, 1 + i / kNames);
    CHECK(thread.looks > kReads / 32 + 2 * KnownPlaces::kMany);
    CHECK(thread.looks < kReads / 32 + 5 * KnownPlaces::kMany);
}
