// SPDX-License-Identifier: BSD-3-Clause
//
// Stores that are damaged, foreign, newer, killed in mid-commit: what opening and verifying make of them.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "databases.hpp"
#include "key.hpp"
#include "lmdb_env.hpp"
#include "scratch.hpp"
#include "verify.hpp"

using namespace dumbwaiter;
using scratch::Folder;
using scratch::value;

namespace {

void fill(const Folder& folder, Durability durability = Durability::kVolatile, int count = 20)
{
    auto options = scratch::small_store();
    options.durability = durability;
    auto store = scratch::open(folder, options);
    REQUIRE(store);
    for (int i = 1; i <= count; i++) {
        std::vector<Append> appends = {value("a", i, std::string(50, 'a')), value("b", i, std::string(3000, 'b')),
                                       scratch::error("a", i, "why")};
        REQUIRE(store->commit(appends));
    }
}

// Overwrites part of data.mdb.
void scribble(const Folder& folder, size_t at, const std::string& bytes)
{
    std::fstream file(folder.store() / "data.mdb", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Where the bytes stand in data.mdb, at their last place.
std::vector<size_t> places_of(const Folder& folder, const std::string& bytes)
{
    std::ifstream file(folder.store() / "data.mdb", std::ios::binary);
    std::string all{std::istreambuf_iterator<char>(file), {}};
    std::vector<size_t> places;
    for (size_t at = all.find(bytes); at != std::string::npos; at = all.find(bytes, at + 1)) places.push_back(at);
    return places;
}

// Changes the store behind its back, as another LMDB program would.
int raw_change(const Folder& folder, const std::function<int(LmdbTxn&, Databases&)>& change)
{
    return scratch::in_process([&] {
        auto env = LmdbEnv::open(folder.store(), {});
        if (!env) return 101;
        LmdbTxn txn;
        Databases databases;
        if (env->begin_write(txn) != kLmdbOk || databases.open(txn, true) != kLmdbOk) return 102;
        if (change(txn, databases) != kLmdbOk || txn.commit() != kLmdbOk) return 103;
        return 0;
    });
}

}  // namespace

TEST_CASE("a sound store has nothing to find")
{
    Folder folder;
    fill(folder);
    auto report = verify_store(folder.store());
    REQUIRE(report);
    CHECK(report->readable);
    CHECK(report->found == 0);
    CHECK(report->names == 2);
    CHECK(report->values == 20);
    CHECK(report->errors == 10);
}

TEST_CASE("a record that lies under the key of another sequence is damaged to its reader")
{
    Folder folder;
    fill(folder, Durability::kVolatile, 4);
    REQUIRE(raw_change(folder, [](LmdbTxn& txn, Databases& databases) {
                const auto swap = [&](Database database, uint64_t one, uint64_t other) {
                    std::string_view bytes;
                    txn.get(database, history_key("a", one), bytes);
                    const std::string copy(bytes);  // of the right name, so that its CRC is right
                    return txn.put(database, history_key("a", other), copy);
                };
                return swap(databases.history, 1, 2) | swap(databases.errors, 3, 4);
            }) == 0);
    CHECK(scratch::history_of(folder, "a").find(" 2! 1=aaa") != std::string::npos);
    CHECK(scratch::history_of(folder, "a", true) == "4! 3=why 2=why 1=why");
}

TEST_CASE("verify names what is wrong: sums, gaps, bounds, orphans, keys, documents")
{
    Folder folder;
    fill(folder);
    REQUIRE(raw_change(folder, [](LmdbTxn& txn, Databases& databases) {
                std::string_view bytes;
                txn.get(databases.history, history_key("a", 15), bytes);
                std::string bent(bytes);
                bent.back() ^= 1;
                txn.put(databases.history, history_key("a", 15), bent);
                txn.remove(databases.history, history_key("b", 14));
                txn.put(databases.history, history_key("orphan", 1), bent);
                txn.put(databases.history, "odd", "x");
                txn.put(databases.newest, "not a name", "x");
                txn.put(databases.functions, "a", R"({"max_saved":4,"bound_from_value":20,"bound_from_error":20})");
                return txn.put(databases.functions, "b", R"({"max_saved":4})") | txn.put(databases.functions, "c", "{");
            }) == 0);
    auto report = verify_store(folder.store());
    REQUIRE(report);
    CHECK(report->readable);
    std::string all;
    for (const auto& finding : report->findings) all += finding + "\n";
    CAPTURE(all);
    CHECK(all.find("a: #history 15: a record of a is damaged: its CRC is wrong") != std::string::npos);
    CHECK(all.find("b: #history: 15 is followed by 13") != std::string::npos);
    CHECK(all.find("b: 8 records in #history, its max_saved 4 allows 3") != std::string::npos);
    CHECK(all.find("a: 9 records") == std::string::npos);  // nothing was added since its max_saved shrank
    CHECK(all.find("orphan: #history without a newest value") != std::string::npos);
    CHECK(all.find("the key odd cannot be parsed") != std::string::npos);
    CHECK(all.find("the key not\\x20a\\x20name is not a name") != std::string::npos);
    CHECK(all.find("#functions: c is not JSON") != std::string::npos);
}

TEST_CASE("a damaged record is told to its reader, and replaced by the next value")
{
    Folder folder;
    fill(folder);
    REQUIRE(raw_change(folder, [](LmdbTxn& txn, Databases& databases) {
                std::string_view bytes;
                txn.get(databases.newest, "a", bytes);
                std::string bent(bytes);
                bent.back() ^= 1;
                txn.get(databases.history, history_key("b", 19), bytes);
                std::string other(bytes);
                other[20] ^= 1;
                return txn.put(databases.newest, "a", bent) | txn.put(databases.history, history_key("b", 19), other);
            }) == 0);
    CHECK(scratch::in_process([&] {
              dw_reader* reader = nullptr;
              dw_reading reading = scratch::new_reading();
              if (dw_reader_open(folder.store().c_str(), &reader) != DW_OK) return 1;
              if (dw_get_value(reader, "a", &reading) != DW_DAMAGED || reading.data != nullptr) return 2;
              if (scratch::history_text(reader, "b").find(" 19! 18=") == std::string::npos) return 3;
              return scratch::history_text(reader, "a").starts_with("20! 19=") ? 0 : 4;
          }) == 0);

    auto store = scratch::open(folder);
    REQUIRE(store);
    CHECK(store->state_of("a")->last_value == 20);
    std::vector<Append> next = {value("a", 21, "whole")};
    REQUIRE(store->commit(next));
    CHECK(store->damaged_replaced() == 1);
    CHECK(scratch::history_of(folder, "a").starts_with("21=whole 19="));
}

TEST_CASE("a data.mdb that is none of ours is refused and left alone")
{
    Folder folder;
    std::filesystem::create_directories(folder.store());
    SUBCASE("no LMDB at all")
    {
        std::ofstream(folder.store() / "data.mdb") << std::string(10'000, 'x');
    }
    SUBCASE("an LMDB environment without #info")
    {
        REQUIRE(scratch::in_process([&] {
                    auto env = LmdbEnv::open(folder.store(), {});
                    LmdbTxn txn;
                    Database database;
                    env->begin_write(txn);
                    txn.open_database(nullptr, true, database);
                    txn.put(database, "somebody", "else's");
                    return txn.commit();
                }) == 0);
    }
    auto size = std::filesystem::file_size(folder.store() / "data.mdb");
    auto store = Store::open(folder.store(), scratch::small_store());
    REQUIRE_FALSE(store.has_value());
    CHECK(store.error().code == Code::kIncompatible);
    CHECK(std::filesystem::file_size(folder.store() / "data.mdb") == size);
    CHECK(scratch::history_of(folder, "a").find("give another folder") +
              scratch::history_of(folder, "a").find("#info") !=
          2 * std::string::npos);
}

TEST_CASE("a folder with other files in it may become a store")
{
    Folder folder;
    std::filesystem::create_directories(folder.store());
    std::ofstream(folder.store() / "notes.txt") << "mine";
    CHECK(scratch::open(folder) != nullptr);
    CHECK(std::filesystem::exists(folder.store() / "notes.txt"));
}

TEST_CASE("a host killed before its first commit leaves a folder that the next one takes")
{
    Folder folder;
    std::filesystem::create_directories(folder.store());
    REQUIRE(scratch::in_process([&] { return LmdbEnv::open(folder.store(), {}).has_value() ? 0 : 1; }) == 0);
    CHECK(scratch::open(folder) != nullptr);
}

TEST_CASE("an environment that holds nothing is no store, to verify as to readers")
{
    Folder folder;
    std::filesystem::create_directories(folder.store());
    REQUIRE(scratch::in_process([&] { return LmdbEnv::open(folder.store(), {}).has_value() ? 0 : 1; }) == 0);
    const auto report = verify_store(folder.store());
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().code == Code::kIncompatible);
    CHECK(report.error().message ==
          folder.store().string() + " is not a dumbwaiter store, or its host has not filled it yet: it lacks #info");
    CHECK(scratch::history_of(folder, "a").find(report.error().message) != std::string::npos);
}

TEST_CASE("a store of a newer format is refused with one sentence, by host and reader")
{
    Folder folder;
    fill(folder);
    REQUIRE(raw_change(folder, [](LmdbTxn& txn, Databases& databases) {
                return txn.put(databases.info, "store", R"({"format":2})");
            }) == 0);
    auto store = Store::open(folder.store(), scratch::small_store());
    REQUIRE_FALSE(store.has_value());
    CHECK(store.error().code == Code::kIncompatible);
    CHECK(store.error().message.find("format 2") != std::string::npos);
    CHECK(scratch::in_process([&] {
              dw_reader* reader = nullptr;
              int32_t code = dw_reader_open(folder.store().c_str(), &reader);
              return code == DW_NO_STORE && reader == nullptr &&
                             std::string(dw_reader_error()).find("format 2") != std::string::npos
                         ? 0
                         : 1;
          }) == 0);
}

TEST_CASE("damage never crashes a host: a durable store is refused, a volatile one is set aside")
{
    for (auto durability : {Durability::kFull, Durability::kVolatile}) {
        Folder folder;
        fill(folder, durability, 60);
        auto size = std::filesystem::file_size(folder.store() / "data.mdb");
        for (size_t page = 2 * 4096; page < size; page += 4096) scribble(folder, page, std::string(64, '\xee'));
        auto options = scratch::small_store();
        options.durability = durability;
        auto store = Store::open(folder.store(), options);
        if (durability == Durability::kFull) {
            REQUIRE_FALSE(store.has_value());
            CHECK(store.error().code == Code::kDamaged);
        } else {
            REQUIRE(store.has_value());
            CHECK(std::filesystem::exists((*store)->set_aside() / "data.mdb"));
            CHECK((*store)->set_aside().filename().string().starts_with("damaged-"));
            CHECK((*store)->state_of("a")->last_value == 0);
        }
        store = {};
    }
}

TEST_CASE("a truncated store is damage, not a crash")
{
    Folder folder;
    fill(folder, Durability::kFull, 60);
    std::filesystem::resize_file(folder.store() / "data.mdb", 3 * 4096);
    auto options = scratch::small_store();
    options.durability = Durability::kFull;
    auto store = Store::open(folder.store(), options);
    REQUIRE_FALSE(store.has_value());
    CHECK(store.error().code == Code::kDamaged);
    auto report = verify_store(folder.store());
    CHECK((!report || report->found > 0));
}

TEST_CASE("a single bad record does not keep a store from opening")
{
    Folder folder;
    fill(folder, Durability::kFull);
    auto places = places_of(folder, std::string(50, 'a'));
    REQUIRE_FALSE(places.empty());
    for (size_t at : places) scribble(folder, at, "A");
    auto options = scratch::small_store();
    options.durability = Durability::kFull;
    CHECK(scratch::open(folder, options) != nullptr);
    CHECK(verify_store(folder.store())->found > 0);
}

TEST_CASE("a committing host may be killed at any moment")
{
    Folder folder;
    std::mt19937 random(7);
    uint64_t acknowledged = 0;
    for (int cycle = 0; cycle < 50; cycle++) {
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        auto budget = 1 + random() % 60;
        scratch::Process host([&] {
            close(ends[0]);
            auto store = scratch::open(folder);
            if (!store) return 1;
            auto state = store->state_of("a");
            for (uint64_t sequence = state->last_value + 1;; sequence++) {
                std::vector<Append> appends = {value("a", sequence, std::to_string(sequence), 5),
                                               value("b", sequence, std::string(sequence % 5000, 'b'), 3)};
                if (!store->commit(appends)) return 2;
                if (write(ends[1], &sequence, sizeof sequence) != sizeof sequence) return 3;
            }
        });
        close(ends[1]);
        uint64_t sequence = 0;
        for (uint64_t i = 0; i < budget && read(ends[0], &sequence, sizeof sequence) == sizeof sequence; i++) {
            REQUIRE(sequence == acknowledged + 1);
            acknowledged = sequence;
        }
        host.end(SIGKILL);
        CHECK(host.join() == -SIGKILL);
        while (read(ends[0], &sequence, sizeof sequence) == sizeof sequence) acknowledged = sequence;
        close(ends[0]);

        auto report = verify_store(folder.store());
        REQUIRE(report);
        REQUIRE(report->found == 0);
        // One commit may have taken place that nobody heard of.
        auto store = scratch::open(folder);
        REQUIRE(store);
        uint64_t last = store->state_of("a")->last_value;
        CHECK((last == acknowledged || last == acknowledged + 1));
        acknowledged = last;
    }
}
