// SPDX-License-Identifier: BSD-3-Clause
//
// F01, F02, F53: the host ends at any instant, by SIGKILL or by SIGTERM. What was seen committed stays, and nothing
// that it started outlives it.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "processes.hpp"
#include "row.hpp"
#include "watcher.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

constexpr int kFunctions = 64;

void sleep_up_to(std::mt19937& chance, int milliseconds)
{
    std::this_thread::sleep_for(std::chrono::microseconds(chance() % static_cast<unsigned>(milliseconds * 1000)));
}

std::string name_of(int function)
{
    return fmt::format("f{}", function);
}

// `tick`, whose history is kept for ever, and many more that are kept for a while.
void write_many(World& world, const char* durability)
{
    std::string functions =
        "[functions.tick]\nfunction = \"tick.so:sequence\"\nfrequency = 0.01\nmax_saved = 1000000\n";
    for (int i = 0; i < kFunctions; ++i) {
        functions += entry(name_of(i), "tick.so:sequence", "frequency = 0.01\nmax_saved = 100");
    }
    world.write(functions, fmt::format("durability = \"{}\"", durability));
}

std::vector<uint64_t> sequences(StoreReader& reader)
{
    std::vector<uint64_t> all;
    for (int i = 0; i < kFunctions; ++i) all.push_back(reader.sequence(name_of(i)));
    return all;
}

uint64_t sum(const std::vector<uint64_t>& numbers)
{
    uint64_t all = 0;
    for (const uint64_t number : numbers) all += number;
    return all;
}

// Each value is its own sequence, and none is missing between the oldest that is kept and the newest.
void check_contiguous(const SeenHistory& history)
{
    REQUIRE(!history.empty());
    CHECK(history.rbegin()->first - history.begin()->first + 1 == history.size());
    for (const auto& [sequence, record] : history) CHECK(record.value == std::to_string(sequence));
}

// Kills a host after its first new result and up to 150 ms.
void kill_once(World& world, StoreReader& reader, std::mt19937& chance, Durations& restarts)
{
    const std::vector<uint64_t> before = sequences(reader);
    const uint64_t tick = reader.sequence("tick");
    const Stopwatch restart;
    const auto host = world.start();
    REQUIRE(dw_wait(reader.get(), "tick", tick, 60'000'000'000, &reader.reading()) == DW_OK);
    restarts.add(restart.ms());
    sleep_up_to(chance, 150);
    const std::vector<uint64_t> seen = sequences(reader);
    CHECK(host->stop(SIGKILL) == 128 + SIGKILL);
    const std::vector<uint64_t> after = sequences(reader);
    for (size_t i = 0; i < seen.size(); ++i) {
        CHECK(seen[i] >= before[i]);
        CHECK(after[i] >= seen[i]);
    }
    check_contiguous(reader.history(name_of(static_cast<int>(chance() % kFunctions))));
}

void storm(Row& row, World& world, int kills)
{
    REQUIRE(world.once().code == 0);
    std::mt19937 chance(std::random_device{}());
    Durations restarts;
    StoreReader reader(world.store());
    Watcher watcher(world.store(), "tick");
    for (int i = 0; i < kills; ++i) row.attempt([&] { kill_once(world, reader, chance, restarts); });
    watcher.stop();
    watcher.check(reader.history("tick"));
    for (int i = 0; i < kFunctions; ++i) check_contiguous(reader.history(name_of(i)));
    CHECK(world.run({"verify"}).code == 0);
    row.figure(fmt::format("{} acknowledged, {}", sum(sequences(reader)) + reader.sequence("tick"),
                           restarts.text("start to first result")));
}

// A folder in memory for this scope, as the place of worlds.
class InMemory {
public:
    InMemory() : before_(std::getenv("TMPDIR") != nullptr ? std::getenv("TMPDIR") : "/tmp")
    {
        setenv("TMPDIR", "/dev/shm", 1);
    }
    ~InMemory() { setenv("TMPDIR", before_.c_str(), 1); }
    InMemory(const InMemory&) = delete;
    InMemory& operator=(const InMemory&) = delete;

private:
    const std::string before_;
};

}  // namespace

TEST_CASE("F01: kill -9 of the host loses nothing that was seen, and sequences go on without a gap")
{
    Row row("F01", "kill -9 of the host at random instants");
    {
        const InMemory memory;
        World world;
        write_many(world, "full");
        storm(row, world, tries(25, 600));
    }
    World world;
    write_many(world, "full");
    storm(row, world, tries(5, 60));
    row.figure("the last figures on disk");
}

TEST_CASE("F02: kill -9 of the host takes its children and what they started along")
{
    Row row("F02", "kill -9 of the host with 8 children running");
    World world;
    std::string functions = entry("parent", "deaths.so:starts_daemon", "on_start = \"always\"\nfrequency = 30000000");
    for (int i = 0; i < 7; ++i) {
        functions += entry(name_of(i), i % 2 == 0 ? "hangs.so:forever" : "deaths.so:deaf",
                           fmt::format("group = \"g{}\"\non_start = \"always\"\nfrequency = 30000000", i));
    }
    world.write(functions, "durability = \"volatile\"\nworkers = 16");
    Durations deaths;
    std::mt19937 chance(std::random_device{}());
    uint64_t seen = 0;
    for (int i = 0; i < tries(5, 150); ++i) {
        row.attempt([&] {
            const auto host = world.start();
            world.wait_for("parent", ++seen);
            until([&] { return family(host->pid()).size() >= 10; }, "there are not 8 children and a daemon");
            const std::set<int> below = family(host->pid());
            sleep_up_to(chance, 20);
            const Stopwatch death;
            CHECK(host->stop(SIGKILL) == 128 + SIGKILL);
            until([&] { return !any_lives(below); }, "something outlived the host");
            deaths.add(death.ms());
            while (waitpid(-1, nullptr, WNOHANG) > 0) {  // the spawner, which came to this process
            }
            until([&] { return !any_is_there(below); }, "a zombie is left");
        });
    }
    CHECK(deaths.quantile(1) < 5000);
    row.figure(deaths.text("all gone after"));
}

TEST_CASE("F53: SIGTERM at any instant ends the host in order")
{
    Row row("F53", "SIGTERM at random instants");
    World world;
    write_many(world, "full");
    world.write(read_file(world.manifest()).substr(read_file(world.manifest()).find("[functions.tick]")) +
                    entry("deaf", "deaths.so:deaf", "frequency = 60\non_start = \"always\"") +
                    entry("busy", "hangs.so:spins", "frequency = 0.05\non_start = \"always\""),
                "shutdown_grace = 0.3");
    {
        const auto host = world.start();
        world.wait_for(name_of(kFunctions - 1), 1);
        CHECK(host->stop(SIGTERM) == 0);
    }
    std::mt19937 chance(std::random_device{}());
    Durations ends;
    int too_early = 0;
    StoreReader reader(world.store());
    for (int i = 0; i < tries(10, 150); ++i) {
        row.attempt([&] {
            const auto host = world.start();
            sleep_up_to(chance, 500);
            const std::vector<uint64_t> seen = sequences(reader);
            const std::set<int> below = family(host->pid());
            const Stopwatch end;
            const int code = host->stop(SIGTERM);
            ends.add(end.ms());
            CHECK(end.ms() < 6000);
            // Before anything ran there is nothing to be ended in order: 130, or death by the signal itself.
            const bool ran = has(host->log(), "running");
            too_early += !ran;
            if (ran) CHECK_MESSAGE(code == 0, host->log());
            if (!ran) CHECK_MESSAGE((code == 130 || code == 128 + SIGTERM || code == 0), code);
            CHECK_FALSE(any_lives(below));
            const std::vector<uint64_t> after = sequences(reader);
            for (size_t f = 0; f < seen.size(); ++f) CHECK(after[f] >= seen[f]);
        });
    }
    for (int i = 0; i < kFunctions; ++i) check_contiguous(reader.history(name_of(i)));
    row.figure(ends.text("end after"));
    row.figure(fmt::format("{} before anything ran", too_early));
}
