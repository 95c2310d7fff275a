// SPDX-License-Identifier: BSD-3-Clause
//
// A reading that is used again: what it holds is not read anew where nothing was committed since.
#include <doctest/doctest.h>
#include <dumbwaiter/reader.h>

#include <string>
#include <vector>

#include "scratch.hpp"

using namespace dumbwaiter;
using scratch::Folder;
using scratch::value;

namespace {

class Held {
public:
    explicit Held(const Folder& folder) { dw_reader_open(folder.store().c_str(), &reader_); }
    ~Held()
    {
        dw_reading_clear(&reading);
        dw_reader_close(reader_);
    }
    // The text that is read, or the code.
    std::string read(const char* name)
    {
        const int32_t code = dw_get_value(reader_, name, &reading);
        if (code != DW_OK) return std::to_string(code);
        return {static_cast<const char*>(reading.data), reading.length};
    }
    dw_reading reading = scratch::new_reading();

private:
    dw_reader* reader_ = nullptr;
};

}  // namespace

TEST_CASE("a reading used again has the new value as soon as it is committed, and the right name's")
{
    Folder folder;
    scratch::Gate made, read, again;
    scratch::Process reader([&] {
        made.pass();
        Held held(folder);
        EXPECT_HERE(held.read("a") == "1" && held.read("a") == "1");
        EXPECT_HERE(held.read("b") == "2" && held.read("a") == "1" && held.reading.sequence == 1);
        EXPECT_HERE(held.read("none") == std::to_string(DW_NOT_FOUND) && held.reading.data == nullptr);
        EXPECT_HERE(held.read("a") == "1");
        read.open();
        again.pass();
        EXPECT_HERE(held.read("a") == "3" && held.reading.sequence == 2 && held.read("a") == "3");
        return 0;
    });
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<Append> first = {value("a", 1, "1"), value("b", 1, "2")}, second = {value("a", 2, "3")};
    REQUIRE(store->commit(first));
    made.open();
    read.pass();
    REQUIRE(store->commit(second));
    again.open();
    CHECK(reader.join() == 0);
}

TEST_CASE("names read in turn have their new values as soon as they are committed, from wherever those lie")
{
    Folder folder;
    scratch::Gate made, read, again;
    const std::string long_name(200, 'n');
    const auto long_value = [](uint64_t sequence) { return std::string(10'000, static_cast<char>('0' + sequence)); };
    const auto batch = [&](uint64_t sequence) {
        std::vector<Append> appends = {value(long_name, sequence, std::to_string(sequence)),
                                       value("long", sequence, long_value(sequence))};
        for (int i = 0; i < 5000; ++i)
            appends.push_back(value("f" + std::to_string(i), sequence, std::to_string(i * sequence)));
        return appends;
    };
    scratch::Process reader([&] {
        made.pass();
        Held held(folder);
        const auto all_are = [&](int sequence) {
            for (int i = 0; i < 5000; ++i) {
                if (held.read(("f" + std::to_string(i)).c_str()) != std::to_string(i * sequence)) return false;
            }
            return held.read(long_name.c_str()) == std::to_string(sequence) &&
                   held.read("long") == long_value(static_cast<uint64_t>(sequence));
        };
        EXPECT_HERE(all_are(1) && all_are(1));
        read.open();
        again.pass();
        EXPECT_HERE(all_are(2) && all_are(2));
        return 0;
    });
    auto store = scratch::open(folder);
    REQUIRE(store);
    REQUIRE(store->commit(batch(1)));
    made.open();
    read.pass();
    REQUIRE(store->commit(batch(2)));
    again.open();
    CHECK(reader.join() == 0);
}

TEST_CASE("a reading used again is whole, whatever its caller wrote into it")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    auto append = value("a", 1, "text");
    append.media_type = "text/plain";
    std::vector<Append> appends = {append};
    REQUIRE(store->commit(appends));
    CHECK(scratch::in_process([&] {
              Held held(folder);
              EXPECT_HERE(held.read("a") == "text");
              held.reading.data = nullptr;
              held.reading.length = held.reading.sequence = held.reading.state = 0;
              held.reading.due = held.reading.started = held.reading.finished = 0;
              EXPECT_HERE(held.read("a") == "text" && held.reading.sequence == 1);
              EXPECT_HERE(held.reading.due == 1001 && held.reading.started == 1002 && held.reading.finished == 1003);
              EXPECT_HERE(std::string(dw_reading_media_type(&held.reading)) == "text/plain");
              EXPECT_HERE(held.reading.state == DW_STATE_FRESH);
              return 0;
          }) == 0);
}

TEST_CASE("a copy and a cleared reading are read anew")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<Append> appends = {value("a", 1, "1"), value("b", 1, "2")};
    REQUIRE(store->commit(appends));
    CHECK(scratch::in_process([&] {
              Held held(folder), other(folder);
              EXPECT_HERE(held.read("a") == "1" && other.read("b") == "2");
              EXPECT_HERE(dw_reading_copy(&held.reading, &other.reading) == DW_OK);
              EXPECT_HERE(other.read("b") == "2" && other.read("a") == "1");
              dw_reading_clear(&held.reading);
              EXPECT_HERE(held.read("a") == "1");
              return 0;
          }) == 0);
}
