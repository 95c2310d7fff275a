// SPDX-License-Identifier: BSD-3-Clause
#include "mapped_pages.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "clock.hpp"
#include "lowered_limit.hpp"
#include "scratch.hpp"
#include "store.hpp"

using namespace dumbwaiter;
using scratch::Folder;
using scratch::value;

namespace {

constexpr uint64_t kMiB = 1024 * 1024;

// Bytes of a store's file that this process has mapped, and that are resident (proc_pid_smaps(5)).
uint64_t mapped_bytes(const Folder& folder)
{
    const std::string file = std::filesystem::canonical(folder.store() / "data.mdb");
    std::ifstream smaps("/proc/self/smaps");
    std::string line;
    while (std::getline(smaps, line)) {
        if (!line.ends_with(file)) continue;
        while (std::getline(smaps, line) && !line.starts_with("Rss:")) {
        }
        return std::stoull(line.substr(4)) * 1024;
    }
    return 0;
}

// A store with 64 MiB of values.
class Filled {
public:
    Filled(uint64_t most, size_t length, int64_t pause_ns = 0) : payload_(length, 'x'), count_(64 * kMiB / length)
    {
        auto opened = Store::open(
            folder.store(), {.durability = Durability::kVolatile, .mapped_bytes = most, .unmap_pause_ns = pause_ns});
        REQUIRE(opened);
        store_ = std::move(*opened);
        write_all(1);
    }
    void write_all(uint64_t sequence)
    {
        for (size_t i = 0; i < count_; ++i) REQUIRE(store_->commit(std::vector{value(name_of(i), sequence, payload_)}));
    }
    void read_one(size_t number = 0)
    {
        std::string bytes;
        REQUIRE(store_->newest(name_of(number), bytes));
        REQUIRE(bytes.ends_with(payload_));
    }
    void read_all()
    {
        for (size_t i = 0; i < count_; ++i) read_one(i);
    }
    void refresh_all()
    {
        for (size_t i = 0; i < count_; ++i) {
            const Append refresh{.kind = Append::Kind::kRefresh, .name = name_of(i), .sequence = 1};
            REQUIRE(store_->commit(std::vector{refresh}));
        }
    }

    const Folder folder;

private:
    static std::string name_of(size_t number) { return fmt::format("name{:04}", number); }

    const std::string payload_;
    const size_t count_;
    std::unique_ptr<Store> store_;
};

int64_t now = 0;

// An environment with 64 MiB in its unnamed database.
struct Whole {
    Whole()
    {
        std::filesystem::create_directory(folder.store());
        auto opened = LmdbEnv::open(folder.store(), {.map_size = 256 * kMiB, .no_sync = true});
        REQUIRE(opened);
        env = std::move(*opened);
        LmdbTxn txn;
        REQUIRE(env.begin_write(txn) == kLmdbOk);
        REQUIRE(databases.open(txn, true) == kLmdbOk);
        REQUIRE(txn.put(databases.newest, "all", std::string(64 * kMiB, 'x')) == kLmdbOk);
        REQUIRE(txn.commit() == kLmdbOk);
    }
    void map()
    {
        LmdbTxn txn;
        std::string_view bytes;
        REQUIRE(env.begin_read(txn) == kLmdbOk);
        REQUIRE(txn.get(databases.newest, "all", bytes) == kLmdbOk);
        REQUIRE(std::ranges::count(bytes, 'x') == 64 * kMiB);
    }

    const Folder folder;
    LmdbEnv env;
    Databases databases;
};

constexpr uint64_t kMost = 4 * kMiB, kBound = kMost + MappedPages::kFromLookToLook + 8 * kMiB;

}  // namespace

TEST_CASE("a store of which all was read or written has no more of its file mapped than it may")
{
    for (const size_t length : {16'000, 1'000'000}) {
        CAPTURE(length);
        Filled filled(kMost, length);
        CHECK(mapped_bytes(filled.folder) < kBound);
        filled.read_all();
        CHECK(mapped_bytes(filled.folder) > 0);
        CHECK(mapped_bytes(filled.folder) < kBound);
        filled.refresh_all();
        CHECK(mapped_bytes(filled.folder) < kBound);
        filled.write_all(2);
        CHECK(mapped_bytes(filled.folder) < kBound);
    }
}

TEST_CASE("a store that is smaller than what may be mapped stays mapped")
{
    Filled filled(256 * kMiB, 16'000);
    filled.read_all();
    CHECK(mapped_bytes(filled.folder) > 60 * kMiB);
}

TEST_CASE("what was unmapped is not unmapped again before the pause is over, but then whatever is met")
{
    Whole whole;
    now = 0;
    MappedPages pages(kMost, 250 * kMillisecond, [] { return now; });
    const auto left_by = [&](uint64_t bytes) {
        whole.map();
        pages.met(bytes, whole.env, whole.databases);
        return mapped_bytes(whole.folder);
    };
    CHECK(left_by(MappedPages::kFromLookToLook) < kMiB);
    now += 249 * kMillisecond;
    CHECK(left_by(MappedPages::kFromLookToLook) > 60 * kMiB);
    now += kMillisecond;
    CHECK(left_by(1) < kMiB);
}

TEST_CASE("the keys of a store's documents, all read at once, leave no more mapped than it may, pause or not")
{
    const Folder folder;
    auto store = Store::open(
        folder.store(), {.durability = Durability::kVolatile, .mapped_bytes = kMost, .unmap_pause_ns = 3600 * kSecond});
    REQUIRE(store);
    const auto name_of = [](int number) { return fmt::format("name{:06}", number); };
    // Written again out of order, the documents of one page lie far from those of the next.
    for (const int stride : {1, 99'991}) {
        std::vector<Store::Put> puts;
        for (int i = 0; i < 200'000; ++i) {
            puts.push_back({"#functions", name_of(i * int64_t{stride} % 200'000), std::string(300, ' ')});
            if (puts.size() < 2'000) continue;
            REQUIRE((*store)->commit({}, puts));
            puts.clear();
        }
    }
    // The pause begins early in this, and most of it stays mapped.
    for (int i = 0; i < 200'000; ++i) {
        REQUIRE((*store)->document("#functions", name_of(i)));
    }
    CHECK(mapped_bytes(folder) > kBound);
    CHECK((*store)->document_keys("#functions")->size() == 200'000);
    CHECK(std::filesystem::file_size(folder.store() / "data.mdb") > 2 * kBound);
    CHECK(mapped_bytes(folder) < kBound);
}

TEST_CASE("what could not be unmapped for want of a descriptor is unmapped later")
{
    Filled filled(kMost, 16'000);
    {
        const test::LoweredLimit no_descriptors(RLIMIT_NOFILE);
        filled.read_all();
    }
    CHECK(mapped_bytes(filled.folder) > 60 * kMiB);
    filled.read_all();
    CHECK(mapped_bytes(filled.folder) < kBound);
}

TEST_CASE("memory that others shared when the store was opened is not the store's to fill once it is gone")
{
    constexpr size_t kOthers = 100 * kMiB;
    void* others = mmap(nullptr, kOthers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    REQUIRE(others != MAP_FAILED);
    Filled filled(kMost, 16'000);
    munmap(others, kOthers);
    for (int rounds = 0; rounds < 8; ++rounds) filled.read_all();
    CHECK(mapped_bytes(filled.folder) < kBound);
}
