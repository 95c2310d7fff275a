// SPDX-License-Identifier: BSD-3-Clause
#include "channel.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <thread>

#include "clock.hpp"
#include "host_end.hpp"
#include "worker_end.hpp"

using namespace dumbwaiter;
using namespace dumbwaiter::channel;

namespace {

constexpr uint64_t kLargest = 1 << 20;

// A host's end, and the same memory as a child sees it.
struct Pair {
    Pair() : child(*Memory::map(host_memory_descriptor(), layout)) {}
    int host_memory_descriptor() { return host.memory().descriptor(); }

    Layout layout = Layout::of(2, kLargest);
    HostEnd host{*Memory::make(layout)};
    Memory child;
};

Returned result(std::string bytes)
{
    return {.code = 0,
            .outcome = Outcome::kOk,
            .serializer = 1,
            .started = 5,
            .finished = 6,
            .late = 7,
            .media_type = {},
            .bytes = std::move(bytes)};
}

// Drains until `count` results came.
std::vector<std::pair<uint32_t, Returned>> collect(HostEnd& host, size_t count)
{
    std::vector<std::pair<uint32_t, Returned>> results;
    const HostEnd::Handler handler{
        .on_result = [&](uint32_t, uint32_t cell,
                         Returned&& returned) { results.emplace_back(cell, std::move(returned)); },
        .on_read = [](uint32_t, std::string_view) {}};
    while (results.size() < count) {
        REQUIRE(host.drain(handler));
        if (results.size() < count) host.wait(1'000'000'000);
    }
    return results;
}

std::vector<Job> some_jobs(uint32_t count)
{
    std::vector<Job> jobs;
    for (uint32_t i = 0; i < count; ++i) jobs.push_back({.id = 100 + i, .attempt = i, .due = i, .sequence = i + 1});
    return jobs;
}

}  // namespace

TEST_CASE("jobs go over in their order and their results come back")
{
    Pair pair;
    std::thread worker([&] {
        WorkerEnd end(pair.child, 0);
        end.next_parcel([&](uint32_t cell, const Job& job) {
            end.send_result(cell, result(std::to_string(job.id) + ":" + std::to_string(job.sequence)));
        });
    });
    pair.host.post(0, some_jobs(64));
    const auto results = collect(pair.host, 64);
    worker.join();
    for (uint32_t i = 0; i < 64; ++i) {
        CHECK(results[i].first == i);
        CHECK(results[i].second.bytes == std::to_string(100 + i) + ":" + std::to_string(i + 1));
        CHECK(results[i].second.finished == 6);
    }
}

TEST_CASE("results of all sizes come back whole, many more than the ring holds")
{
    Pair pair;
    const size_t sizes[] = {0, 1, 7, 8, 1000, kLargestInRing - 200, kLargestInRing, 100'000, kLargest};
    std::thread worker([&] {
        WorkerEnd end(pair.child, 0);
        for (int round = 0; round < 20; ++round) {
            end.next_parcel([&](uint32_t cell, const Job&) {
                end.send_result(cell, result(std::string(sizes[cell], static_cast<char>('a' + cell))));
            });
        }
    });
    for (int round = 0; round < 20; ++round) {
        pair.host.post(0, some_jobs(std::size(sizes)));
        for (const auto& [cell, returned] : collect(pair.host, std::size(sizes))) {
            CHECK(returned.bytes == std::string(sizes[cell], static_cast<char>('a' + cell)));
        }
    }
    worker.join();
}

TEST_CASE("a job that goes out calls who is to meet its result, where a lookout is kept")
{
    const Layout layout = Layout::of(1, kLargest);
    for (const bool keeps_lookout : {true, false}) {
        HostEnd host(*Memory::make(layout), keeps_lookout);
        host.post(0, some_jobs(1));
        CHECK((host.memory().front().doorbell != 0) == keeps_lookout);
    }
}

TEST_CASE("who keeps a lookout sees what comes though nobody rings")
{
    HostEnd host(*Memory::make(Layout::of(1, kLargest)), true);
    const HostEnd::Handler nobody{.on_result = [](uint32_t, uint32_t, Returned&&) {},
                                  .on_read = [](uint32_t, std::string_view) {}};
    host.post(0, some_jobs(1));
    REQUIRE(host.drain(nobody));
    host.memory().page(0).written = 8;
    const int64_t began = monotonic_ns();
    host.wait(20 * kSecond);
    CHECK(monotonic_ns() - began < 15 * kSecond);
}

TEST_CASE("results are met by who keeps a lookout as by who sleeps until they come")
{
    const Layout layout = Layout::of(1, kLargest);
    HostEnd host(*Memory::make(layout), true);
    Memory memory(*Memory::map(host.memory().descriptor(), layout));
    constexpr int kRounds = 200;
    std::thread worker([&] {
        WorkerEnd end(memory, 0);
        for (int round = 0; round < kRounds; ++round) {
            end.next_parcel([&](uint32_t cell, const Job&) { end.send_result(cell, result("x")); });
        }
    });
    for (int round = 0; round < kRounds; ++round) {
        host.post(0, some_jobs(3));
        CHECK(collect(host, 3).size() == 3);
    }
    worker.join();
}

TEST_CASE("jobs that were not begun can be withdrawn, those that were cannot")
{
    Pair pair;
    std::atomic<bool> go{false}, inside{false};
    std::thread worker([&] {
        WorkerEnd end(pair.child, 0);
        end.next_parcel([&](uint32_t cell, const Job&) {
            inside = true;
            while (!go) std::this_thread::yield();
            end.send_result(cell, result("x"));
        });
    });
    pair.host.post(0, some_jobs(4));
    while (!inside) std::this_thread::yield();
    CHECK(pair.host.has_begun(0, 0));
    CHECK_FALSE(pair.host.has_begun(0, 1));
    CHECK(pair.host.withdraw(0, 4) == std::vector<uint32_t>{1, 2, 3});
    go = true;
    CHECK(collect(pair.host, 1)[0].first == 0);
    worker.join();
}

TEST_CASE("a read is answered with the stored bytes, or with why not")
{
    Pair pair;
    const std::string payload(300'000, 'p');
    std::string got, refused;
    std::thread worker([&] {
        WorkerEnd end(pair.child, 0);
        const auto first = end.ask("count");
        got = std::string(first->facts) + "|" + std::string(first->payload) + "|" + std::to_string(first->serializer);
        refused = end.ask("nobody").error().message;
    });
    int answered = 0;
    const HostEnd::Handler handler{.on_result = [](uint32_t, uint32_t, Returned&&) {},
                                   .on_read =
                                       [&](uint32_t index, std::string_view name) {
                                           ++answered;
                                           if (name == "count") return pair.host.answer(index, 130, "{}", payload);
                                           pair.host.refuse(index, Code::kNotFound, "there is none");
                                       }};
    pair.host.post(0, {});  // so that the host looks at this worker
    while (answered < 2) {
        REQUIRE(pair.host.drain(handler));
        if (answered < 2) pair.host.wait(1'000'000'000);
    }
    worker.join();
    CHECK(got == "{}|" + payload + "|130");
    CHECK(refused == "there is none");
}

TEST_CASE("what is no channel's language is refused, whatever a child writes")
{
    const RecordHeader good{RecordKind::kResult, sizeof(ResultRecord)};
    struct Case {
        const char* what;
        std::function<void(WorkerPage&, char* ring, Layout)> harm;
    };
    const auto put = [](WorkerPage& page, char* ring, const ResultRecord& record) {
        std::memcpy(ring, &record, sizeof record);
        page.written = record.header.size;
    };
    const Case cases[] = {
        {"more written than the ring holds", [](WorkerPage& page, char*, Layout) { page.written = kRingSize + 8; }},
        {"a position that is not aligned", [](WorkerPage& page, char*, Layout) { page.written = 12; }},
        {"a record of size 0",
         [](WorkerPage& page, char* ring, Layout) {
             std::memset(ring, 0, 64);
             page.written = 64;
         }},
        {"a record longer than what was written",
         [&](WorkerPage& page, char* ring, Layout) {
             put(page, ring, {.header = {RecordKind::kResult, 4096}});
             page.written = 64;
         }},
        {"an unknown kind",
         [&](WorkerPage& page, char* ring, Layout) {
             put(page, ring, {.header = {static_cast<RecordKind>(9), sizeof(ResultRecord)}});
         }},
        {"a cell that there is not",
         [&](WorkerPage& page, char* ring, Layout) { put(page, ring, {.header = good, .cell = kCells}); }},
        {"an outcome that there is not",
         [&](WorkerPage& page, char* ring, Layout) { put(page, ring, {.header = good, .outcome = 200}); }},
        {"a payload longer than its record",
         [&](WorkerPage& page, char* ring, Layout) { put(page, ring, {.header = good, .payload_size = 1}); }},
        {"a payload longer than the large area",
         [&](WorkerPage& page, char* ring, Layout layout) {
             put(page, ring, {.header = good, .is_large = 1, .payload_size = layout.large + 1});
         }},
        {"a media type longer than its record",
         [&](WorkerPage& page, char* ring, Layout) { put(page, ring, {.header = good, .media_type_size = 500}); }},
    };
    const HostEnd::Handler handler{.on_result = [](uint32_t, uint32_t, Returned&&) { FAIL("it was taken"); },
                                   .on_read = [](uint32_t, std::string_view) { FAIL("it was taken"); }};
    for (const Case& one : cases) {
        CAPTURE(one.what);
        Pair pair;
        pair.host.post(0, some_jobs(1));
        one.harm(pair.child.page(0), pair.child.ring(0), pair.layout);
        CHECK_FALSE(pair.host.drain(handler));
    }
}

TEST_CASE("nobody can change the size of the shared memory")
{
    Pair pair;
    CHECK(::ftruncate(pair.host_memory_descriptor(), 4096) != 0);
}
