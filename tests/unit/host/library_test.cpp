// SPDX-License-Identifier: BSD-3-Clause
//
// Libraries opened in this process, and found by name.
#include "library.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "scratch_folder.hpp"
#include "taken.hpp"

using namespace dumbwaiter;

namespace {

const std::filesystem::path kFixtures = FIXTURES;

std::shared_ptr<const Library> opened(const char* name)
{
    const auto library = open_library(kFixtures / name);
    REQUIRE(library);
    return *library;
}

bool says(const Error& error, std::string_view fragment)
{
    INFO(error.message);
    return error.message.find(fragment) != std::string::npos;
}

}  // namespace

TEST_CASE("a library opens and gives the infos of its functions")
{
    const auto clock = opened("clock.so");
    CHECK(clock->file() == kFixtures / "clock.so");
    const auto tick = clock->function("tick");
    REQUIRE(tick);
    CHECK(std::string(tick->summary) == "Counts");
    CHECK(std::string(tick->args_schema) == "{\"type\":\"array\"}");
    CHECK(tick->suggested_frequency_ns == 5'000'000'000);
    CHECK(tick->flags == DW_SERIAL);
    CHECK((tick->run != nullptr));
    CHECK((tick->create == nullptr));
}

TEST_CASE("an info outlives every Library of its file")
{
    Expected<dw_function_info> now = opened("clock.so")->function("now");
    REQUIRE(now);
    CHECK(std::string(now->summary) == "Seconds since the epoch");
}

TEST_CASE("an info of a later ABI is cut to what this host knows")
{
    const auto longer = opened("odd.so")->function("longer");
    REQUIRE(longer);
    CHECK(std::string(longer->summary) == "Longer");
    CHECK(longer->suggested_frequency_ns == 11);
    CHECK(longer->built_minor == 3);
}

TEST_CASE("an info is read up to its end and no further, and one that is shorter than version 1.0 is refused")
{
    constexpr size_t kFirst = 72, kLongest = 128;  // sizes of cut.so; behind each of them lies a page that kills
    const auto cut = opened("cut.so");
    for (size_t size = 1; size <= kLongest; ++size) {
        CAPTURE(size);
        const auto info = cut->describe("cut_" + std::to_string(size));
        if (size < kFirst) {
            REQUIRE(!info);
            CHECK(info.error().code == Code::kIncompatible);
            continue;
        }
        REQUIRE(info);
        CHECK(info->struct_size == size);
        CHECK(info->flags == DW_SERIAL);
        CHECK(std::string(info->summary) == "Cut");
        CHECK(info->suggested_frequency_ns == 7);
        CHECK((info->run != nullptr));
        CHECK((info->create == nullptr));
        CHECK((info->destroy == nullptr));
    }
}

TEST_CASE("functions that this host cannot run are refused with the reason")
{
    const auto odd = opened("odd.so");
    struct Row {
        std::string symbol;
        Code code;
        std::string fragment;
    };
    for (const Row& row :
         std::vector<Row>{{"newer", Code::kIncompatible, "upgrade dumbwaiter"},
                          {"strict", Code::kIncompatible, "does not know"},
                          {"liar", Code::kIncompatible, "4096"},
                          {"empty", Code::kIncompatible, "run is NULL"},
                          {"godo", Code::kNotFound, "did you mean \"good\"?"}}) {
        CAPTURE(row.symbol);
        const auto info = odd->function(row.symbol);
        REQUIRE(!info);
        CHECK(info.error().code == row.code);
        CHECK(says(info.error(), row.fragment));
        CHECK(says(info.error(), "odd.so"));
    }
    CHECK(odd->describe("lonely"));
    CHECK(odd->describe("empty"));
}

TEST_CASE("a symbol without an info is never taken on faith")
{
    const auto bare = opened("bare.so")->function("bare");
    REQUIRE(!bare);
    CHECK(says(bare.error(), "without bare__dw1"));
    CHECK(opened("bare.so")->function("printf").error().code == Code::kNotFound);
}

TEST_CASE("what the dynamic loader says of a library is passed on")
{
    const auto library = open_library(kFixtures / "unresolved.so");
    REQUIRE(!library);
    CHECK(says(library.error(), "unresolved.so cannot be loaded: undefined symbol: not_there_at_all"));
}

TEST_CASE("a file that is no library is refused before the loader sees it")
{
    const ScratchFolder folder;
    CHECK(says(open_library(folder.write("x.so", "text")).error(), "not an ELF file"));
    CHECK(open_library(folder.path / "none.so").error().code == Code::kNotFound);
}

TEST_CASE("a library is found in the first folder that has it, and then in the installed one")
{
    const ScratchFolder first, second;
    second.write("a.so", "");
    CHECK(find_library("a.so", {first.path, second.path}) == second.path / "a.so");
    first.write("a.so", "");
    CHECK(find_library("a.so", {first.path, second.path}) == first.path / "a.so");
    CHECK(find_library((second.path / "a.so").string(), {first.path}) == second.path / "a.so");
    const auto none = find_library("zebra.so", {first.path});
    REQUIRE(!none);
    CHECK(none.error().code == Code::kNotFound);
    CHECK(says(none.error(), first.path.string() + " or "));
    CHECK(says(none.error(), "/plugins"));
}

TEST_CASE("a library that is missing comes with a near name")
{
    CHECK(says(find_library("clok.so", {kFixtures}).error(), "did you mean \"clock.so\"?"));
    CHECK(says(find_library((kFixtures / "clok.so").string(), {}).error(), "did you mean \"clock.so\"?"));
    CHECK(says(find_library("clock", {kFixtures}).error(), "there is no library \"clock\""));
    CHECK(says(find_library("clock", {kFixtures}).error(), "did you mean \"clock.so\"?"));
    const ScratchFolder named;
    named.write("libtime.so", "");
    for (const char* part : {"libtime", "time.so", "time"}) {
        CHECK(says(find_library(part, {named.path}).error(), "did you mean \"libtime.so\"?"));
    }
    const ScratchFolder folder;
    std::filesystem::create_directory(folder.path / "folder.so");
    CHECK(!find_library("folder.so", {folder.path}));
}
