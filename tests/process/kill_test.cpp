// SPDX-License-Identifier: BSD-3-Clause
//
// kill -9 of the host at random moments, with a reader in this process watching. KILLS=50 in the environment for more.
#include <doctest/doctest.h>
#include <dumbwaiter/reader.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

struct Record {
    std::string value;
    int64_t finished;
    bool operator==(const Record&) const = default;
};
using History = std::map<uint64_t, Record>;

class Reader {
public:
    explicit Reader(const std::filesystem::path& store)
    {
        REQUIRE_MESSAGE(dw_reader_open(store.c_str(), &reader_) == DW_OK, dw_reader_error());
        reading_.struct_size = sizeof reading_;
    }
    ~Reader()
    {
        dw_reading_clear(&reading_);
        dw_reader_close(reader_);
    }
    dw_reader* get() { return reader_; }
    dw_reading& reading() { return reading_; }

    History history(const char* name)
    {
        History all;
        const auto keep = [](void* context, const char*, const dw_reading* reading) {
            const std::string value(static_cast<const char*>(reading->data), reading->length);
            static_cast<History*>(context)->emplace(reading->sequence, Record{value, reading->finished});
            return 0;
        };
        REQUIRE(dw_get_history(reader_, name, 0, keep, &all) == DW_OK);
        return all;
    }

private:
    dw_reader* reader_ = nullptr;
    dw_reading reading_{};
};

// What a reader saw committed, while hosts come and go.
class Watcher {
public:
    explicit Watcher(const std::filesystem::path& store) : reader_(store), thread_([this] { watch(); }) {}
    ~Watcher() { stop(); }
    void stop()
    {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }
    // After stop().
    const History& seen() const { return seen_; }
    const std::string& fault() const { return fault_; }

private:
    void watch()
    {
        uint64_t last = 0;
        while (!stopping_ && fault_.empty()) {
            dw_reading& reading = reader_.reading();
            // 50 ms, then once more: a sequence that went back would never end a wait for a higher one.
            const int32_t code = dw_wait(reader_.get(), "tick", last, 50'000'000, &reading);
            if (code == DW_TIMEOUT) look_back(last);
            if (code != DW_OK && code != DW_TIMEOUT) fault_ = dw_reader_error();
            if (code != DW_OK) continue;
            last = reading.sequence;
            keep(reading);
        }
    }

    void look_back(uint64_t last)
    {
        dw_reading& reading = reader_.reading();
        if (dw_get_value(reader_.get(), "tick", &reading) != DW_OK) return;
        if (reading.sequence < last) fault_ = "the newest sequence went back";
    }

    void keep(const dw_reading& reading)
    {
        const std::string value(static_cast<const char*>(reading.data), reading.length);
        if (!seen_.emplace(reading.sequence, Record{value, reading.finished}).second) fault_ = "a sequence came twice";
    }

    Reader reader_;
    History seen_;
    std::string fault_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;  // last: it uses the rest
};

void check_history(const History& history, const History& seen)
{
    CHECK(history.begin()->first == 1);
    CHECK(history.rbegin()->first == history.size());  // contiguous
    for (const auto& [sequence, record] : seen) {
        const auto kept = history.find(sequence);
        REQUIRE_MESSAGE(kept != history.end(), "value " << sequence << " was seen, and is gone");
        CHECK(kept->second == record);
    }
}

int wanted_kills()
{
    const char* text = std::getenv("KILLS");
    return text ? std::atoi(text) : 10;
}

}  // namespace

TEST_CASE("after kill -9 every value that was seen is still there, and sequences go on without a gap")
{
    World world;
    world.write(
        "[functions.tick]\nfunction = \"tick.so:tick\"\nfrequency = 0.01\nmax_saved = 1000000\n"
        "[functions.bounded]\nfunction = \"tick.so:sequence\"\nfrequency = 0.01\nmax_saved = 5\n"
        "[functions.fails]\nfunction = \"tick.so:fails\"\nfrequency = 0.02\nmax_saved = 5\n",
        "commit_interval = 0");
    CHECK(world.once().code == 1);
    std::mt19937 chance(std::random_device{}());
    Watcher watcher(world.store());
    for (int kill = 0; kill < wanted_kills(); ++kill) {
        const uint64_t before = world.sequence("tick");
        const auto host = world.start();
        world.wait_for("tick", before + 1);
        std::this_thread::sleep_for(std::chrono::microseconds(chance() % 200'000));
        CHECK(host->stop(SIGKILL) == 128 + SIGKILL);
        CHECK(world.history("bounded").size() <= 5);
        CHECK(world.errors("fails").size() <= 5);
    }
    watcher.stop();
    CHECK(watcher.fault() == "");
    CHECK(watcher.seen().size() >= static_cast<size_t>(wanted_kills()));
    Reader reader(world.store());
    check_history(reader.history("tick"), watcher.seen());
    const History bounded = reader.history("bounded");
    CHECK(bounded.rbegin()->first - bounded.begin()->first + 1 == bounded.size());
    for (const auto& [sequence, record] : bounded) CHECK(record.value == std::to_string(sequence));
    CHECK(world.run({"verify"}).code == 0);
}

TEST_CASE("a function keeps its phase over a restart")
{
    World world;
    world.write("[functions.tick]\nfunction = \"tick.so:tick\"\nfrequency = 7\n");
    const auto phase = [&] {
        CHECK(world.start({"--for", "0.3"})->wait() == 0);
        Reader reader(world.store());
        char* text = nullptr;
        uint64_t length = 0;
        REQUIRE(dw_get_document(reader.get(), "#functions", "tick", &text, &length) == DW_OK);
        const Json document = Json::parse(text);
        dw_free(text);
        return document["phase_ns"].get<int64_t>();
    };
    const int64_t first = phase();
    CHECK(first >= 0);
    CHECK(first < 7'000'000'000);
    CHECK(phase() == first);
}
