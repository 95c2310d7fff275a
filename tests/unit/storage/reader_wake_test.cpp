// SPDX-License-Identifier: BSD-3-Clause
//
// Readers of a store whose wake file is missing, or none of ours.
#include <doctest/doctest.h>
#include <dumbwaiter/reader.h>

#include <fstream>

#include "clock.hpp"
#include "reader_registry.hpp"
#include "scratch.hpp"
#include "wake.hpp"

using namespace dumbwaiter;
using scratch::Folder;
using scratch::value;

namespace {

// A store that its host has left.
void fill(const Folder& folder)
{
    std::vector<Append> appends = {value("a", 1, "1")};
    REQUIRE(scratch::open(folder)->commit(appends));
}

int32_t read(dw_reader* reader)
{
    dw_reading reading = scratch::new_reading();
    const int32_t code = dw_get_value(reader, "a", &reading);
    dw_reading_clear(&reading);
    return code;
}

}  // namespace

TEST_CASE("a wake file that is none of ours does not make a reader open the store again and again")
{
    Folder folder;
    fill(folder);
    std::ofstream(folder.store() / "wake") << "none of ours";
    CHECK(scratch::in_process([&] {
              dw_reader* reader = nullptr;
              EXPECT_HERE(dw_reader_open(folder.store().c_str(), &reader) == DW_OK);
              for (int i = 0; i < 3; ++i) EXPECT_HERE(read(reader) == DW_OK);
              EXPECT_HERE(reader->held.size() == 1);
              dw_reader_close(reader);
              return 0;
          }) == 0);
}

TEST_CASE("a reader of a copy without a wake file takes the one that a host brings")
{
    Folder folder;
    fill(folder);
    std::filesystem::remove(folder.store() / "wake");
    CHECK(scratch::in_process([&] {
              dw_reader* reader = nullptr;
              EXPECT_HERE(dw_reader_open(folder.store().c_str(), &reader) == DW_OK);
              EXPECT_HERE(read(reader) == DW_OK);
              SharedEnvironment& environment = *reader->current;
              EXPECT_HERE(WakeFile::open_or_make(folder.store()).has_value());
              EXPECT_HERE(environment.is_replaced(wall_ns() + 2 * kSecond));
              dw_reader_close(reader);
              return 0;
          }) == 0);
}
