// SPDX-License-Identifier: BSD-3-Clause
//
// What a store keeps, forgets and refuses.
#include "store.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <chrono>

#include "documents.hpp"
#include "scratch.hpp"
#include "verify.hpp"

using namespace dumbwaiter;
using scratch::error;
using scratch::Folder;
using scratch::value;

namespace {

Record newest_of(Store& store, const char* name, std::string& bytes)
{
    REQUIRE(store.newest(name, bytes));
    auto record = decode_record(name, bytes);
    REQUIRE(record);
    return *record;
}

Status commit(Store& store, std::vector<Append> appends)
{
    return store.commit(appends);
}

mode_t mode_of(const std::filesystem::path& path)
{
    struct stat info {};
    stat(path.c_str(), &info);
    return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("a committed value is the newest, and the one before it moves to the history")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    REQUIRE(commit(*store, {value("a", 1, "one")}));
    REQUIRE(commit(*store, {value("a", 2, "two"), value("b", 1, "other")}));
    std::string bytes;
    CHECK(newest_of(*store, "a", bytes).payload == "two");
    CHECK(scratch::history_of(folder, "a") == "2=two 1=one");
    CHECK(scratch::history_of(folder, "b") == "1=other");
}

TEST_CASE("max_saved counts the newest value, and a smaller one trims all beyond it at once")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    for (uint64_t i = 1; i <= 8; i++)
        REQUIRE(commit(*store, {value("a", i, "v", 5), error("a", i, "e", 5), value("ab", i, "w")}));
    CHECK(scratch::history_of(folder, "a") == "8=v 7=v 6=v 5=v 4=v");
    CHECK(scratch::history_of(folder, "a", true) == "8=e 7=e 6=e 5=e 4=e");
    REQUIRE(commit(*store, {value("a", 9, "v", 2), error("a", 9, "e", 1)}));
    CHECK(scratch::history_of(folder, "a") == "9=v 8=v");
    CHECK(scratch::history_of(folder, "a", true) == "9=e");
    REQUIRE(commit(*store, {value("a", 10, "v", 1)}));
    CHECK(scratch::history_of(folder, "a") == "10=v");
    CHECK(scratch::history_of(folder, "ab") == "8=w 7=w 6=w 5=w 4=w 3=w 2=w 1=w");
}

TEST_CASE("many values of a name in one batch keep their order and their bound")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<Append> batch;
    for (uint64_t i = 1; i <= 6; i++) {
        batch.push_back(value("b", i, std::to_string(i), 3));
        batch.push_back(value("a", i, std::to_string(i), 10));
    }
    REQUIRE(store->commit(batch));
    CHECK(scratch::history_of(folder, "a") == "6=6 5=5 4=4 3=3 2=2 1=1");
    CHECK(scratch::history_of(folder, "b") == "6=6 5=5 4=4");
}

TEST_CASE("a refresh moves the times of the newest value and nothing else")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    auto first = value("a", 1, "one");
    first.media_type = "text/plain";
    REQUIRE(commit(*store, {first}));
    Append refresh;
    refresh.kind = Append::Kind::kRefresh;
    refresh.name = "a";
    refresh.sequence = 1;
    refresh.due = 5000;
    refresh.started = 5001;
    refresh.finished = 5002;
    refresh.fresh_until = 9000;
    REQUIRE(commit(*store, {refresh}));
    std::string bytes;
    Record record = newest_of(*store, "a", bytes);
    CHECK(record.payload == "one");
    CHECK(record.media_type == "text/plain");
    CHECK(record.serializer == 1);
    CHECK(record.sequence == 1);
    CHECK(record.due == 5000);
    CHECK(record.finished == 5002);
    CHECK(record.fresh_until == 9000);
    CHECK(scratch::history_of(folder, "a") == "1=one");

    refresh.sequence = 2;  // of a value that is not there
    refresh.finished = 7000;
    REQUIRE(commit(*store, {refresh}));
    CHECK(newest_of(*store, "a", bytes).finished == 5002);
}

TEST_CASE("a batch that was committed already changes nothing when it is tried again")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<Append> batch = {value("a", 1, "1"), value("a", 2, "2"), error("a", 1, "e")};
    REQUIRE(store->commit(batch));
    REQUIRE(store->commit(batch));
    CHECK(scratch::history_of(folder, "a") == "2=2 1=1");
    CHECK(scratch::history_of(folder, "a", true) == "1=e");
}

TEST_CASE("a batch with something that cannot be is refused whole")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    auto bad_name = commit(*store, {value("a", 1, "1"), value("#info", 1, "1")});
    REQUIRE_FALSE(bad_name.has_value());
    CHECK(bad_name.error().code == Code::kInvalidArgument);
    CHECK_FALSE(commit(*store, {value("a", 0, "1")}).has_value());
    std::vector<Store::Put> puts = {{"#history", "a", "{}"}};
    CHECK_FALSE(store->commit({}, puts).has_value());
    std::string bytes;
    CHECK(store->newest("a", bytes).error().code == Code::kNotFound);
}

TEST_CASE("the text of an error is cut at 64 KiB, between characters")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::string text(kMaxErrorText - 1, 'x');
    REQUIRE(commit(*store, {error("a", 1, text + "\xe2\x98\x83")}));
    CHECK(scratch::history_of(folder, "a", true) == "1=" + text);
}

TEST_CASE("the text of an error is stored as UTF-8 whatever came")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    REQUIRE(commit(*store, {error("a", 1, "caf\xe9!")}));
    CHECK(scratch::history_of(folder, "a", true) == "1=caf\xef\xbf\xbd!");
}

TEST_CASE("sequences are known again after the store was opened anew, the documents' included")
{
    Folder folder;
    {
        auto store = scratch::open(folder);
        REQUIRE(store);
        REQUIRE(commit(*store, {value("a", 1, "1"), value("a", 2, "2"), error("a", 1, "e"), value("b", 3, "3")}));
        std::vector<Store::Put> puts = {{"#functions", "b", R"({"value_sequence":7,"error_sequence":4})"}};
        REQUIRE(store->commit({}, puts));
    }
    auto store = scratch::open(folder);
    REQUIRE(store);
    auto a = store->state_of("a"), b = store->state_of("b"), none = store->state_of("none");
    REQUIRE((a && b && none));
    CHECK(a->last_value == 2);
    CHECK(a->last_error == 1);
    CHECK(a->finished == 1004);
    CHECK(b->last_value == 7);
    CHECK(b->last_error == 4);
    CHECK(none->last_value == 0);
    CHECK(store->document("#functions", "b")->value() == R"({"value_sequence":7,"error_sequence":4})");
    CHECK_FALSE(store->document("#functions", "c")->has_value());
}

TEST_CASE("a forgotten name is gone with its history, its errors and its document")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    REQUIRE(commit(*store, {value("a", 1, "1"), value("a", 2, "2"), error("a", 1, "e"), value("ab", 1, "x")}));
    std::vector<Store::Put> puts = {{"#functions", "a", "{}"}};
    REQUIRE(store->commit({}, puts));
    REQUIRE(store->forget("a"));
    CHECK(store->forget("a").error().code == Code::kNotFound);
    CHECK(scratch::history_of(folder, "a", true).empty());
    CHECK(store->state_of("a")->last_value == 0);
    CHECK(scratch::history_of(folder, "ab") == "1=x");
}

TEST_CASE("a second host is refused at once, and told the pid of the first")
{
    Folder folder;
    scratch::Gate opened, done;
    scratch::Process first([&] {
        auto store = scratch::open(folder);
        opened.open();
        done.pass();
        return store ? 0 : 1;
    });
    opened.pass();
    auto begin = std::chrono::steady_clock::now();
    auto second = Store::open(folder.store(), scratch::small_store());
    auto took = std::chrono::steady_clock::now() - begin;
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == Code::kBusy);
    CHECK(second.error().message.find(std::to_string(first.pid())) != std::string::npos);
    CHECK(took < std::chrono::milliseconds(100));
    done.open();
    CHECK(first.join() == 0);
    CHECK(scratch::open(folder) != nullptr);
}

TEST_CASE("files get their modes whatever the umask")
{
    Folder folder;
    mode_t before = umask(077);
    auto store = scratch::open(folder);
    umask(before);
    REQUIRE(store);
    CHECK(mode_of(folder.store()) == 0750);
    CHECK(mode_of(folder.store() / "data.mdb") == 0640);
    CHECK(mode_of(folder.store() / "lock.mdb") == 0660);
    CHECK(mode_of(folder.store() / "wake") == 0640);
    CHECK(mode_of(folder.store() / "host.lock") == 0600);
}

TEST_CASE("#info says what the store is, and whether it was closed")
{
    Folder folder;
    auto options = scratch::small_store();
    options.durability = Durability::kRelaxed;
    auto store = scratch::open(folder, options);
    REQUIRE(store);
    auto open = parse_store_info(store->document("#info", "store")->value(), "test");
    REQUIRE(open);
    CHECK(open->format == 1);
    CHECK(open->creator.starts_with("dumbwaiter "));
    CHECK(open->map_size == options.map_size);
    CHECK(open->durability == "relaxed");
    CHECK_FALSE(open->clean);
    CHECK(store->sync().has_value());
    store.reset();
    auto probe = probe_store(folder.store());
    REQUIRE(probe);
    CHECK(parse_store_info(probe->info_json, "test")->clean);
}

TEST_CASE("a full map is grown, by as much as it takes, beside a reader that never notices")
{
    Folder folder;
    auto options = scratch::small_store();
    options.map_size = 256 * 1024;
    scratch::Gate opened, done;
    auto store = scratch::open(folder, options);
    REQUIRE(store);
    REQUIRE(commit(*store, {value("a", 1, "1")}));
    scratch::Process reader([&] {
        dw_reader* own = nullptr;
        dw_reading reading = scratch::new_reading();
        if (dw_reader_open(folder.store().c_str(), &own) != DW_OK) return 1;
        if (dw_get_value(own, "a", &reading) != DW_OK || reading.sequence != 1) return 2;
        opened.open();
        for (uint64_t seen = 1; seen < 40;) {
            if (dw_wait(own, "a", seen, UINT64_MAX, &reading) != DW_OK) return 3;
            seen = reading.sequence;
            if (reading.length != 100'000) return 4;
        }
        return scratch::history_text(own, "a").size() > 4'000'000 - 200'000 ? 0 : 5;
    });
    opened.pass();
    for (uint64_t i = 2; i <= 40; i++) REQUIRE(commit(*store, {value("a", i, std::string(100'000, 'x'), 100)}));
    REQUIRE(commit(*store, {value("big", 1, std::string(20'000'000, 'y'))}));
    CHECK(reader.join() == 0);
    auto info = parse_store_info(store->document("#info", "store")->value(), "test");
    CHECK(info->map_size > 20'000'000);
}

TEST_CASE("readers inside a transaction are listed, and the slots of dead ones are cleared")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    REQUIRE(commit(*store, {value("a", 1, "1")}));
    CHECK(store->readers().empty());
    scratch::Gate opened, never;
    scratch::Process reader([&] {
        dw_reader* opened_reader = nullptr;
        dw_reading reading = scratch::new_reading();
        dw_reader_open(folder.store().c_str(), &opened_reader);
        dw_get_value(opened_reader, "a", &reading);
        opened.open();
        never.pass();
        return 0;
    });
    opened.pass();
    reader.end(SIGKILL);
    reader.join();
    CHECK(store->clear_dead_readers() == 1);
}
