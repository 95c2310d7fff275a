// SPDX-License-Identifier: BSD-3-Clause
#include "mapped_pages.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <string>

#include "scratch.hpp"
#include "store.hpp"

using namespace dumbwaiter;
using scratch::Folder;
using scratch::value;

namespace {

constexpr uint64_t kMiB = 1024 * 1024;
constexpr size_t kNames = 4000;
const std::string kPayload(16'000, 'x');

std::string name_of(size_t number)
{
    return fmt::format("name{:04}", number);
}

// Bytes of a file that this process has mapped, and that are resident (proc_pid_smaps(5)).
uint64_t mapped_bytes(const std::filesystem::path& file)
{
    std::ifstream smaps("/proc/self/smaps");
    std::string line;
    while (std::getline(smaps, line)) {
        if (!line.ends_with(file.string())) continue;
        while (std::getline(smaps, line) && !line.starts_with("Rss:")) {
        }
        return std::stoull(line.substr(4)) * 1024;
    }
    return 0;
}

std::unique_ptr<Store> filled_store(const Folder& folder, uint64_t most)
{
    auto store = Store::open(folder.store(), {.durability = Durability::kVolatile, .mapped_bytes = most});
    REQUIRE(store);
    for (size_t i = 0; i < kNames; ++i) REQUIRE((*store)->commit(std::vector{value(name_of(i), 1, kPayload)}));
    return std::move(*store);
}

void read_all(Store& store)
{
    std::string bytes;
    for (size_t i = 0; i < kNames; ++i) {
        REQUIRE(store.newest(name_of(i), bytes));
        REQUIRE(bytes.ends_with(kPayload));
    }
}

}  // namespace

TEST_CASE("a store of which all was read has no more of its file mapped than it may, and what it maps at a time")
{
    const Folder folder;
    const auto store = filled_store(folder, 4 * kMiB);
    read_all(*store);
    const uint64_t of_one_look = 256 * 64 * 1024;
    CHECK(std::filesystem::file_size(folder.store() / "data.mdb") > 60 * kMiB);
    CHECK(mapped_bytes(folder.store() / "data.mdb") > 0);
    CHECK(mapped_bytes(folder.store() / "data.mdb") < 4 * kMiB + of_one_look + kMiB);
}

TEST_CASE("a store that is smaller than what may be mapped stays mapped")
{
    const Folder folder;
    const auto store = filled_store(folder, 256 * kMiB);
    read_all(*store);
    CHECK(mapped_bytes(folder.store() / "data.mdb") > 60 * kMiB);
}
