// SPDX-License-Identifier: BSD-3-Clause
#include "sink.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "lowered_limit.hpp"
#include "store_services.hpp"
#include "superseded.hpp"

using namespace dumbwaiter;

namespace {

Append value(const std::string& name, uint64_t sequence, uint32_t depth = 2)
{
    return {.kind = Append::Kind::kValue,
            .name = name,
            .depth = depth,
            .serializer = 1,
            .sequence = sequence,
            .due = 1,
            .started = 2,
            .finished = 3,
            .payload = std::to_string(sequence)};
}

Append other(Append::Kind kind, const std::string& name, uint64_t sequence)
{
    Append append = value(name, sequence);
    append.kind = kind;
    return append;
}

std::string shape(const std::vector<Append>& appends)
{
    std::string out;
    for (const Append& append : appends) {
        const char kind = append.kind == Append::Kind::kValue ? 'v' : append.kind == Append::Kind::kError ? 'e' : 'r';
        out += append.name + kind + std::to_string(append.sequence) + " ";
    }
    return out;
}

struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("dw-sink-" + std::to_string(boot_ns()));
    ~Folder() { std::filesystem::remove_all(path); }
};

// As long as it lives this process can write no file.
struct NoWrites {
    decltype(SIG_DFL) killed_before = std::signal(SIGXFSZ, SIG_IGN);
    test::LoweredLimit limit{RLIMIT_FSIZE};
};

constexpr int64_t kLong = 60 * kSecond;

}  // namespace

TEST_CASE("what a later change of the batch trims or replaces anyway is dropped, the rest keeps its order")
{
    std::vector<Append> appends = {value("a", 1),
                                   other(Append::Kind::kRefresh, "a", 1),
                                   value("a", 2),
                                   value("b", 1),
                                   other(Append::Kind::kError, "a", 1),
                                   value("a", 3),
                                   other(Append::Kind::kError, "a", 2),
                                   other(Append::Kind::kRefresh, "a", 3),
                                   other(Append::Kind::kRefresh, "a", 3),
                                   other(Append::Kind::kError, "a", 3)};
    CHECK(drop_superseded(appends) == 4);
    CHECK(shape(appends) == "av2 bv1 av3 ae2 ar3 ae3 ");
}

TEST_CASE("nothing is dropped of what would be kept")
{
    std::vector<Append> appends = {value("a", 1), value("a", 2), value("b", 1), other(Append::Kind::kRefresh, "b", 1)};
    CHECK(drop_superseded(appends) == 0);
    CHECK(shape(appends) == "av1 av2 bv1 br1 ");
}

TEST_CASE("results are seen by dw_read before and after their commit")
{
    const Folder folder;
    auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
    REQUIRE(store);
    Sink sink(**store, {.commit_interval_ns = kLong});
    const SerializerTable serializers;
    StoreServices services(**store, sink, serializers);
    CHECK(services.read("a").error().code == Code::kNotFound);

    sink.push(value("a", 1));
    sink.push(value("a", 2));
    const auto pending = services.read("a");
    REQUIRE(pending);
    CHECK(pending->nodes[0].i64 == 2);
    std::string bytes;
    CHECK_FALSE((*store)->newest("a", bytes));

    CHECK(sink.finish(monotonic_ns() + kLong));
    CHECK((*store)->newest("a", bytes));
    const auto stored = services.read("a");
    REQUIRE(stored);
    CHECK(stored->nodes[0].i64 == 2);
    CHECK(sink.numbers().pending == 0);
}

TEST_CASE("finishing commits everything that was accepted, documents included")
{
    const Folder folder;
    auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
    REQUIRE(store);
    {
        Sink sink(**store, {.commit_interval_ns = 0});
        for (uint64_t i = 1; i <= 1000; ++i) sink.push(value("a", i));
        sink.put({"#host", "host", R"({"n":1})"});
        sink.put({"#host", "host", R"({"n":2})"});
        CHECK(sink.finish(monotonic_ns() + kLong));
    }
    CHECK((*store)->state_of("a")->last_value == 1000);
    CHECK(*(*store)->document("#host", "host") == R"({"n":2})");
}

TEST_CASE("the writer wakes once for the values of one commit, when the first has waited long enough")
{
    const Folder folder;
    auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
    REQUIRE(store);
    Sink sink(**store, {.commit_interval_ns = kMillisecond});
    constexpr uint64_t kCommits = 50;
    for (uint64_t i = 1; i <= kCommits; ++i) {
        sink.push(value("a", 2 * i - 1));
        sink.push(value("a", 2 * i));
        while (sink.numbers().pending > 0) std::this_thread::yield();
    }
    CHECK(sink.finish(monotonic_ns() + kLong));
    CHECK((*store)->state_of("a")->last_value == 2 * kCommits);
    CHECK(sink.numbers().rounds <= sink.numbers().commits + 1);
}

TEST_CASE("values that wait for others wake nobody")
{
    const Folder folder;
    auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
    REQUIRE(store);
    Sink sink(**store, {.commit_interval_ns = kLong});
    for (uint64_t i = 1; i <= 1000; ++i) sink.push(value("a", i));
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    CHECK(sink.numbers().rounds == 0);
    CHECK(sink.finish(monotonic_ns() + kLong));
    CHECK(sink.numbers().commits == 1);
}

TEST_CASE("values that wait for others are committed with whatever does not wait")
{
    const Folder folder;
    auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
    REQUIRE(store);
    Sink sink(**store, {.commit_interval_ns = kLong});
    sink.push(value("a", 1));
    sink.put({"#host", "host", R"({"n":1})"});
    CHECK(sink.await_commit(monotonic_ns() + kLong));
    CHECK((*store)->state_of("a")->last_value == 1);
    CHECK(*(*store)->document("#host", "host") == R"({"n":1})");
}

TEST_CASE("a value that is to wait for nothing is committed by whoever brings it, a report by the writer")
{
    const Folder folder;
    auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
    REQUIRE(store);
    Sink sink(**store, {.commit_interval_ns = 0, .bringers_commit = true});
    std::vector<std::thread::id> committers;
    sink.watch_commits([&](const std::vector<Append>&) { committers.push_back(std::this_thread::get_id()); });
    sink.push(value("a", 1));
    CHECK((*store)->state_of("a")->last_value == 1);
    sink.push(other(Append::Kind::kError, "a", 1));
    CHECK(sink.finish(monotonic_ns() + kLong));
    REQUIRE(committers.size() == 2);
    CHECK(committers[0] == std::this_thread::get_id());
    CHECK(committers[1] != std::this_thread::get_id());
    CHECK(sink.numbers().pending == 0);
}

TEST_CASE("of a burst of values only the first is committed by who brings it, the writer groups the rest")
{
    const Folder folder;
    auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
    REQUIRE(store);
    Sink sink(**store, {.commit_interval_ns = 0, .bringers_commit = true, .burst_ns = kLong});
    size_t own = 0, of_writer = 0;
    const auto here = std::this_thread::get_id();
    sink.watch_commits([&](const std::vector<Append>& appends) {
        (std::this_thread::get_id() == here ? own : of_writer) += appends.size();
    });
    for (uint64_t i = 1; i <= 1000; ++i) sink.push(value("a", i));
    CHECK(sink.finish(monotonic_ns() + kLong));
    CHECK(own == 1);
    CHECK(of_writer == 999);
}

namespace {

// A sink in which a value waits for a minute, and whether commit_in_passing() committed it.
struct Passing {
    const Folder folder;
    std::unique_ptr<Store> store = *Store::open(folder.path, {.durability = Durability::kVolatile});
    Sink sink;

    explicit Passing(bool bringers_commit)
        : sink(*store, {.commit_interval_ns = kLong, .bringers_commit = bringers_commit})
    {
        sink.push(value("a", 1));
    }
    ~Passing() { sink.finish(monotonic_ns() + kLong); }
    bool is_stored() const { return store->state_of("a")->last_value == 1; }
};

}  // namespace

TEST_CASE("who passes commits what waits, where nothing comes that it could wait for")
{
    Passing passing(true);
    passing.sink.commit_in_passing(2 * kLong);
    CHECK(passing.is_stored());
    CHECK(passing.sink.numbers().pending == 0);
    CHECK(passing.sink.numbers().rounds == 0);
}

TEST_CASE("who passes leaves what waits for others that come in time")
{
    Passing passing(true);
    passing.sink.commit_in_passing(0);
    CHECK_FALSE(passing.is_stored());
}

TEST_CASE("who passes commits nothing where a commit waits for the disk")
{
    Passing passing(false);
    passing.sink.commit_in_passing(2 * kLong);
    CHECK_FALSE(passing.is_stored());
}

TEST_CASE("what has waited for long goes with who passes, though others are to come")
{
    const Folder folder;
    auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
    REQUIRE(store);
    constexpr int64_t kInterval = 20 * kMillisecond;
    Sink sink(**store, {.commit_interval_ns = kInterval, .bringers_commit = true});
    std::atomic<bool> is_passing{false};
    sink.watch_commits([&, here = std::this_thread::get_id()](const std::vector<Append>&) {
        if (std::this_thread::get_id() == here) is_passing = true;
    });
    // The writer is not kept waiting either: where this thread was put aside, it was first.
    for (uint64_t i = 1; !is_passing; ++i) {
        const int64_t since = monotonic_ns();
        sink.push(value("a", i));
        while (monotonic_ns() - since < kInterval) std::this_thread::yield();
        sink.commit_in_passing(0);
        sink.await_commit(monotonic_ns() + kLong);
    }
    CHECK(sink.finish(monotonic_ns() + kLong));
}

TEST_CASE("documents that wait are the writer's, and what waits with them")
{
    Passing passing(true);
    {
        const NoWrites full;
        passing.sink.put({"#host", "host", "{}"});
        while (passing.sink.numbers().failures == 0) std::this_thread::yield();
        passing.sink.commit_in_passing(2 * kLong);
        CHECK(passing.sink.numbers().pending == 1);
    }
    CHECK(passing.sink.await_commit(monotonic_ns() + kLong));
    CHECK(passing.is_stored());
}

TEST_CASE("what who passes could not commit is tried again by the writer, in its order")
{
    Passing passing(true);
    {
        const NoWrites full;
        passing.sink.commit_in_passing(2 * kLong);
        passing.sink.push(value("a", 2));
        while (passing.sink.numbers().failures < 3) std::this_thread::yield();
        CHECK(passing.sink.numbers().pending == 2);
    }
    CHECK(passing.sink.await_commit(monotonic_ns() + kLong));
    CHECK(passing.store->state_of("a")->last_value == 2);
}

TEST_CASE("what comes while somebody passes waits for others as ever")
{
    Passing passing(true);
    passing.sink.watch_commits([&, is_first = true](const std::vector<Append>&) mutable {
        if (std::exchange(is_first, false)) passing.sink.push(value("a", 2));
    });
    passing.sink.commit_in_passing(2 * kLong);
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    CHECK(passing.sink.numbers().rounds == 0);
    CHECK(passing.sink.numbers().pending == 1);
}

TEST_CASE("values that several threads bring at once all get in, each thread's in its order")
{
    const Folder folder;
    auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
    REQUIRE(store);
    Sink sink(**store, {.commit_interval_ns = 0, .bringers_commit = true, .burst_ns = 0});
    constexpr uint64_t kValues = 500;
    std::vector<std::thread> threads;
    for (const char* name : {"a", "b", "c"}) {
        threads.emplace_back([&sink, name] {
            for (uint64_t i = 1; i <= kValues; ++i) sink.push(value(name, i));
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(sink.finish(monotonic_ns() + kLong));
    for (const char* name : {"a", "b", "c"}) CHECK((*store)->state_of(name)->last_value == kValues);
    CHECK(sink.numbers().pending == 0);
}

TEST_CASE("what could not be committed is tried again though nothing new comes")
{
    for (const bool at_once : {true, false}) {
        CAPTURE(at_once);
        const Folder folder;
        auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
        REQUIRE(store);
        Sink sink(**store, {.commit_interval_ns = 0, .bringers_commit = at_once});
        {
            const NoWrites full;
            sink.push(value("a", 1));
            while (sink.numbers().failures < 3) std::this_thread::yield();
            CHECK(sink.numbers().pending == 1);
        }
        sink.await_commit(monotonic_ns() + kLong);
        CHECK((*store)->state_of("a")->last_value == 1);
        CHECK(sink.numbers().pending == 0);
    }
}

TEST_CASE("a document alone that could not be committed is tried again though nothing new comes, in its newest text")
{
    const Folder folder;
    auto store = Store::open(folder.path, {.durability = Durability::kVolatile});
    REQUIRE(store);
    Sink sink(**store, {.commit_interval_ns = 0});
    const auto wait_for_failures = [&](uint64_t more) {
        const uint64_t wanted = sink.numbers().failures + more;
        const int64_t end = monotonic_ns() + kLong / 2;
        while (sink.numbers().failures < wanted && monotonic_ns() < end) std::this_thread::yield();
        return sink.numbers().failures >= wanted;
    };
    {
        const NoWrites full;
        sink.put({"#host", "host", R"({"n":1})"});
        REQUIRE(wait_for_failures(1));
        sink.put({"#host", "host", R"({"n":2})"});
        CHECK(wait_for_failures(3));
    }
    CHECK(sink.await_commit(monotonic_ns() + kLong));
    CHECK(*(*store)->document("#host", "host") == R"({"n":2})");
}
