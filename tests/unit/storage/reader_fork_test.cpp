// SPDX-License-Identifier: BSD-3-Clause
//
// A preforking server: the store is opened once, then children share the handle.
#include <doctest/doctest.h>
#include <dumbwaiter/reader.h>

#include <list>
#include <string>

#include "scratch.hpp"

using namespace dumbwaiter;
using scratch::Folder;
using scratch::value;

namespace {

constexpr int kChildren = 8;
constexpr uint64_t kValues = 200;

// Follows the values to the last one by reading and by waiting; 0 if none went back or was another's.
int serve(dw_reader* reader)
{
    dw_reading reading = scratch::new_reading();
    uint64_t last = 0;
    while (last < kValues) {
        if (dw_wait(reader, "a", last, 20'000'000'000, &reading) != DW_OK) return 1;
        if (reading.sequence <= last) return 2;
        last = reading.sequence;
        if (std::string(static_cast<const char*>(reading.data), reading.length) != std::to_string(last)) return 3;
        if (dw_get_value(reader, "a", &reading) != DW_OK || reading.sequence < last) return 4;
    }
    dw_reading_clear(&reading);
    return 0;
}

}  // namespace

TEST_CASE("eight forked servers and their parent read and wait on through the handle that was opened before")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<Append> first = {value("a", 1, "1")};
    REQUIRE(store->commit(first));
    scratch::Gate serving;
    scratch::Process server([&] {
        dw_reader* reader = nullptr;
        dw_reading reading = scratch::new_reading();
        const bool is_read = dw_reader_open(folder.store().c_str(), &reader) == DW_OK &&
                             dw_get_value(reader, "a", &reading) == DW_OK;
        std::list<scratch::Process> children;
        for (int i = 0; is_read && i < kChildren; ++i) children.emplace_back([&] { return serve(reader); });
        serving.open();
        int bad = is_read ? serve(reader) : 9;
        for (auto& child : children) bad += child.join() != 0;
        dw_reading_clear(&reading);
        dw_reader_close(reader);
        return bad;
    });
    serving.pass();
    for (uint64_t sequence = 2; sequence <= kValues; ++sequence) {
        std::vector<Append> next = {value("a", sequence, std::to_string(sequence))};
        REQUIRE(store->commit(next));
    }
    CHECK(server.join() == 0);
}
