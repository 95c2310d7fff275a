// SPDX-License-Identifier: BSD-3-Clause
//
// F44: manifest and libraries change again and again under a host that has enough to do.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cmath>

#include "processes.hpp"
#include "rfc3339.hpp"
#include "row.hpp"
#include "whole_library.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace fs = std::filesystem;

namespace {

constexpr int kSteady = 100;
constexpr int kBusy = 20;

std::string steady(int function)
{
    return fmt::format("s{}", function);
}

// What the reloads leave alone: functions each second, half of them in the host, and a load beside.
std::string unaffected()
{
    std::string text;
    for (int i = 0; i < kSteady; ++i) {
        text += entry(
            steady(i), "tick.so:sequence",
            fmt::format("frequency = 1\nmax_saved = 100000\nisolation = \"{}\"", i % 2 == 0 ? "process" : "thread"));
    }
    text += entry("count", "state.so:counter", "frequency = 1\non_start = \"always\"\nmax_saved = 100000");
    for (int i = 0; i < kBusy; ++i) text += entry(fmt::format("b{}", i), "tick.so:tick", "frequency = 0.02");
    return text;
}

class Storm {
public:
    Storm()
    {
        put_file(library_, whole_library(1));
        write();
        host_ = world.start();
        world.wait_for("library", 1);
        world.wait_for("manifest", 1);
    }

    void change_manifest(int number)
    {
        number_ = number;
        write();
        check_taken();
    }
    void change_library(int version)
    {
        version_ = version;
        put_file(library_, whole_library(static_cast<uint64_t>(version)));
        check_taken();
    }
    // Each is refused, and what ran runs on.
    void break_library(const std::string& bytes)
    {
        put_file(library_, bytes);
        check_refused(1);
        put_file(library_, whole_library(static_cast<uint64_t>(version_)));
    }
    void break_manifest(const std::string& text)
    {
        write(text);
        check_refused(2);
        write();
    }
    int end() { return host_->stop(SIGTERM); }
    int pid() const { return host_->pid(); }

    World world;
    Durations reloads;

private:
    void write(const std::string& more = "")
    {
        const std::string often = "frequency = 0.05\nmax_saved = 100000\n";
        world.write(unaffected() + entry("library", "./w.so:version", often) +
                        entry("manifest", "echo.so:echo", often + fmt::format("args = [{}]", number_)) + more,
                    "durability = \"volatile\"\ncommit_interval = 0\nwatch = false");
    }
    Done reload()
    {
        const Stopwatch since;
        Done done = world.run({"reload", "--store", world.store().string()});
        reloads.add(since.ms());
        return done;
    }
    bool is_current() { return world.reading("library")["value"] == version_ && argument() == number_; }
    Json argument()
    {
        const Json value = world.reading("manifest")["value"];
        return value.is_array() ? value[0] : value;
    }
    void check_taken()
    {
        const Done done = reload();
        CHECK_MESSAGE(done.code == 0, done.err);
        CHECK(has(done.out, "~ "));
        until([&] { return is_current(); }, "what was taken over does not run");
    }
    void check_refused(int code)
    {
        const Done done = reload();
        CHECK(done.code == code);
        CHECK(has(done.err, "dumbwaiter.toml:"));
        for (const char* name : {"library", "manifest"}) world.wait_for(name, world.sequence(name) + 1);
        CHECK(is_current());
    }

    const fs::path library_ = world.root() / "w.so";
    int version_ = 1, number_ = 1;
    std::unique_ptr<Host> host_;
};

// Due times between the oldest and the newest value that have none.
int64_t missed(const std::vector<Json>& history)
{
    int64_t missing = 0;
    for (size_t i = 0; i + 1 < history.size(); ++i) {
        const auto due = [&](size_t at) {
            return dumbwaiter::parse_rfc3339(history[at]["due"].get<std::string>()).value();
        };
        // A first invocation comes beside the grid.
        missing += std::max<int64_t>(std::llround(static_cast<double>(due(i) - due(i + 1)) / 1e9) - 1, 0);
    }
    return missing;
}

bool never_goes_back(const std::vector<Json>& history)
{
    std::vector<int64_t> values;
    for (const Json& one : history) {
        const Json& value = one["value"];
        values.push_back((value.is_array() ? value[0] : value).get<int64_t>());
    }
    return std::ranges::is_sorted(values, std::greater{});  // newest first
}

}  // namespace

TEST_CASE("F44: reloads under load cost those whom they do not concern no due time, and bring each version whole")
{
    Row row("F44", "hot reloads, manifest and .so in turn, some broken");
    Storm storm;
    World& world = storm.world;
    const std::string broken[] = {whole_library(9).substr(0, 5000), "", "no library",
                                  read_file(test_plugin("tick.so"))};
    const std::string wrong[] = {entry("bad", "tick.so:tock"), entry("bad", "./absent.so:f"), "[functions.bad\n",
                                 entry("bad", "tick.so:tick", "frequency = 0")};
    const uint64_t before = own_bytes(storm.pid());
    for (int i = 0; i < tries(40, 1000); ++i) {
        row.attempt([&] {
            const auto which = static_cast<size_t>(i / 10 % 4);
            if (i % 10 == 8) return storm.break_manifest(wrong[which]);
            if (i % 10 == 9) return storm.break_library(broken[which]);
            i % 2 == 0 ? storm.change_manifest(i + 2) : storm.change_library(i + 2);
        });
    }
    const uint64_t after = own_bytes(storm.pid());
    world.wait_for("count", world.sequence("count") + 1);
    int64_t lost = 0, ran = 0;
    for (int i = 0; i < kSteady; ++i) {
        const auto history = world.history(steady(i));
        lost += missed(history);
        ran += static_cast<int64_t>(history.size());
        CHECK(world.errors(steady(i)).empty());
    }
    CHECK(lost == 0);
    const Json count = world.reading("count");
    CHECK(count["value"] == count["sequence"]);  // its child was never made anew
    for (const char* name : {"library", "manifest"}) {
        CHECK(never_goes_back(world.history(name)));
        CHECK(world.errors(name).empty());
    }
    CHECK(storm.end() == 0);
    row.figure(fmt::format("{} due times of {} unaffected functions, {} missed", ran, kSteady, lost));
    row.figure(storm.reloads.text("a reload (a process each)"));
    row.figure(fmt::format("host's own memory {:.1f} -> {:.1f} MiB", static_cast<double>(before) / 1048576,
                           static_cast<double>(after) / 1048576));
}
