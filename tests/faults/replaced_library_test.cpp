// SPDX-License-Identifier: BSD-3-Clause
//
// F37, F38: library files that are written over while they run, all at once or slowly.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <random>
#include <thread>

#include "row.hpp"
#include "watcher.hpp"
#include "whole_library.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace fs = std::filesystem;

namespace {

constexpr const char* kVolatile = "durability = \"volatile\"\ncommit_interval = 0\n";

// Its values in their order.
std::vector<uint64_t> versions(World& world, const std::string& name)
{
    std::vector<uint64_t> all;
    for (const Json& one : world.history(name)) all.push_back(one["value"].get<uint64_t>());
    std::ranges::reverse(all);
    return all;
}

Json child_of(World& world, const std::string& library)
{
    const Json status = world.status();
    for (const Json& child : status["children"]) {
        if (child["library"] == library) return child["pid"];
    }
    return nullptr;
}

// What a person may write there by mistake, version 2 among it.
std::string something(std::mt19937& random, const std::string& good)
{
    switch (random() % 5) {
        case 0: return whole_library(2);
        case 1: return good.substr(0, random() % good.size());
        case 2: return std::string(good.size(), '\0');
        case 3: return "no library at all";
        default: {
            std::string bytes = good;
            for (char& byte : bytes) byte = static_cast<char>(random());
            return bytes;
        }
    }
}

}  // namespace

TEST_CASE("F37: a library that is written over in place runs on as it was, in a child and in the host")
{
    Row row("F37", ".so overwritten in place while it runs");
    World world;
    const fs::path library = world.root() / "w.so";
    const std::string good = whole_library(1);
    put_file(library, good);
    const std::string often = "frequency = 0.01\nmax_saved = 100000\non_start = \"always\"\n";
    world.write(
        entry("child", "./w.so:version", often) + entry("thread", "./w.so:version", often + "isolation = \"thread\""),
        std::string(kVolatile) + "watch = false");
    const auto host = world.start();
    world.wait_for("child", 1);
    world.wait_for("thread", 1);
    until([&] { return !child_of(world, "w.so").is_null(); }, "status does not tell of the child");
    const Json pid = child_of(world, "w.so");
    StoreReader reader(world.store());
    std::mt19937 random(37);
    for (int i = 0; i < tries(60, 500); ++i) {
        row.attempt([&] {
            const uint64_t child = reader.sequence("child"), thread = reader.sequence("thread");
            overwrite_file(library, something(random, good), i % 2 == 0);
            until([&] { return reader.sequence("child") > child && reader.sequence("thread") > thread; },
                  "what was overwritten does not run any more");
        });
    }
    CHECK(child_of(world, "w.so") == pid);
    // A child that is made anew still gets the version that was accepted.
    row.attempt([&] {
        kill(pid.get<int>(), SIGKILL);
        until([&] { return !child_of(world, "w.so").is_null() && child_of(world, "w.so") != pid; }, "no new child");
        world.wait_for("child", world.sequence("child") + 2);
    });
    for (const char* name : {"child", "thread"}) {
        const auto all = versions(world, name);
        CHECK(std::ranges::count(all, 1) == static_cast<int64_t>(all.size()));
        row.figure(fmt::format("{} runs in the {}", all.size(), name));
    }
    CHECK(world.errors("thread").empty());
    CHECK(world.errors("child").size() <= 1);  // what ran when the child was killed
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("F37: a library that is written over in place is taken over when it is whole, and not before")
{
    Row row("F37", ".so overwritten in place, then accepted");
    World world;
    const fs::path library = world.root() / "w.so";
    put_file(library, whole_library(1));
    const std::string often = "frequency = 0.02\nmax_saved = 100000\non_start = \"always\"\n";
    world.write(
        entry("child", "./w.so:version", often) + entry("thread", "./w.so:version", often + "isolation = \"thread\""),
        kVolatile);
    const auto host = world.start();
    for (const char* name : {"child", "thread"}) world.wait_for(name, 1);
    Durations accepted;
    const int last = 1 + tries(4, 50);
    for (int version = 2; version <= last; ++version) {
        row.attempt([&] {
            const Stopwatch since;
            overwrite_file(library, whole_library(static_cast<uint64_t>(version)), version % 2 == 0);
            for (const char* name : {"child", "thread"}) {
                until([&] { return world.reading(name)["value"] == version; }, "the new version does not run");
            }
            accepted.add(since.ms());
        });
    }
    for (const char* name : {"child", "thread"}) {
        const auto all = versions(world, name);
        CHECK(std::ranges::is_sorted(all));
        CHECK(world.errors(name).empty());
    }
    CHECK(host->stop(SIGTERM) == 0);
    row.figure(accepted.text("first value of the new version after"));
}

namespace {

// A host with one library that somebody replaces at 4 KiB/s.
class SlowCopy {
public:
    explicit SlowCopy(bool closes) : closes_(closes)
    {
        put_file(library(), whole_library(1));
        world.write(
            entry(
                "f", "./w.so:version",
                fmt::format("frequency = 0.1\nmax_saved = 100000\non_start = \"always\"\nkwargs = {{ loads = \"{}\" }}",
                            loads().string())),
            kVolatile);
        host = world.start();
        world.wait_for("f", 1);
    }

    void begin(uint64_t version)
    {
        version_ = version;
        bytes_ = whole_library(version);
        written_ = 0;
        file_ = std::ofstream(library(), std::ios::binary | std::ios::trunc);
    }
    // Some close the file after each block, as a script that goes on with what it was given.
    bool write_block()
    {
        constexpr size_t kBlock = 4096;
        if (!file_.is_open()) file_.open(library(), std::ios::binary | std::ios::app);
        const std::string_view block = std::string_view(bytes_).substr(written_, kBlock);
        file_ << block << std::flush;
        written_ += block.size();
        if (closes_ || written_ == bytes_.size()) file_.close();
        return written_ < bytes_.size();
    }
    void check_before()
    {
        const Json reading = world.reading("f");
        CHECK(reading["value"] == version_ - 1);
    }
    void check_after()
    {
        until([&] { return world.reading("f")["value"] == version_; }, "the new version does not run");
        const auto all = versions(world, "f");
        CHECK(std::ranges::is_sorted(all));
        CHECK(world.errors("f").empty());
        // Taken over once, and no other than the whole ones.
        std::string expected;
        for (uint64_t version = 1; version <= version_; ++version) expected += fmt::format("{}\n", version);
        CHECK(read_file(loads()) == expected);
    }

    World world;
    std::unique_ptr<Host> host;

private:
    fs::path library() const { return world.root() / "w.so"; }
    fs::path loads() const { return world.root() / "loads"; }

    const bool closes_;
    uint64_t version_ = 1;
    std::string bytes_;
    size_t written_ = 0;
    std::ofstream file_;
};

}  // namespace

TEST_CASE("F38: a library that is copied slowly is loaded once, when it is whole")
{
    Row row("F38", ".so copied at 4 KiB/s");
    std::vector<std::unique_ptr<SlowCopy>> copies;
    for (int i = 0; i < tries(4, 10); ++i) copies.push_back(std::make_unique<SlowCopy>(i % 2 == 0));
    for (int round = 0; round < tries(1, 5); ++round) {
        for (const auto& copy : copies) copy->begin(static_cast<uint64_t>(round) + 2);
        for (bool goes_on = true; goes_on;) {
            for (const auto& copy : copies) goes_on = copy->write_block();
            if (!goes_on) break;
            std::this_thread::sleep_for(std::chrono::seconds(1));
            for (const auto& copy : copies) copy->check_before();
        }
        for (const auto& copy : copies) row.attempt([&] { copy->check_after(); });
    }
    for (const auto& copy : copies) CHECK(copy->host->stop(SIGTERM) == 0);
    row.figure(fmt::format("{} KiB each, half of them closed after each block", whole_library(1).size() / 1024));
}
