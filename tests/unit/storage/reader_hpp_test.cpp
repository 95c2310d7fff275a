// SPDX-License-Identifier: BSD-3-Clause
//
// reader.hpp.
#include <doctest/doctest.h>
#include <dumbwaiter/reader.hpp>

#include "scratch.hpp"

using scratch::Folder;

namespace {

int read_all(const Folder& folder)
{
    dumbwaiter::Reader reader{folder.store().string()};
    EXPECT_HERE(reader.names() == std::vector<std::string>({"a", "b"}));
    EXPECT_HERE(!reader.get_value("none"));
    auto value = reader.get_value("a");
    EXPECT_HERE(value && value->is_map() && value->size() == 4);
    const auto& tree = *value;
    EXPECT_HERE(tree["list"][1].as_i64() == 2 && tree["list"].size() == 3);
    EXPECT_HERE(tree["list"][2].as_f64() == 2.5 && tree["list"][0].is_null());
    EXPECT_HERE(tree.at("name").as_str() == "snow \xe2\x98\x83");
    EXPECT_HERE(tree["yes"].as_bool() && tree["big"].as_u64() == UINT64_MAX);
    EXPECT_HERE(tree.find("none") == nullptr);
    EXPECT_HERE(tree.as_map()[0].first == "name");
    try {
        (void)tree["name"].as_i64();
        return 200;
    } catch (const dumbwaiter::ReadError& error) {
        EXPECT_HERE(error.code() == DW_TYPE_MISMATCH && std::string(error.what()) == "the value is str, not i64");
    }
    auto history = reader.history("b");
    EXPECT_HERE(history.size() == 2 && history[0].sequence() == 2 && history[1].value().as_i64() == 1);
    EXPECT_HERE(reader.history("b", 1).size() == 1 && reader.history("none").empty());
    auto errors = reader.errors("b");
    EXPECT_HERE(errors.size() == 1 && errors[0].bytes() == "why" && errors[0].outcome() == 1);
    EXPECT_HERE(reader.wait("b", 1, std::chrono::seconds(0)).has_value());
    EXPECT_HERE(!reader.wait("b", 2, std::chrono::nanoseconds(-1)).has_value());
    auto reading = reader.get("b");
    EXPECT_HERE(reading && reading->is_fresh() && reading->finished().unix_ns == 1004 && reading->json() == "2");
    try {
        dumbwaiter::Reader none{(folder.path / "none").string()};
        return 201;
    } catch (const dumbwaiter::ReadError& error) {
        EXPECT_HERE(error.code() == DW_NO_STORE);
    }
    return 0;
}

}  // namespace

TEST_CASE("C++ readers get trees, readings, histories and exceptions")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<dumbwaiter::Append> appends = {scratch::value("a", 1,
                                                              "{\"name\": \"snow \xe2\x98\x83\", \"list\": [null, 2, "
                                                              "2.5], \"yes\": true, \"big\": 18446744073709551615}"),
                                               scratch::value("b", 1, "1"), scratch::value("b", 2, "2"),
                                               scratch::error("b", 1, "why")};
    REQUIRE(store->commit(appends));
    CHECK(scratch::in_process([&] { return read_all(folder); }) == 0);
}
