// SPDX-License-Identifier: BSD-3-Clause
#include "document_batch.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>

using namespace dumbwaiter;

namespace {

std::vector<Store::Put> documents(size_t count, const std::string& text)
{
    std::vector<Store::Put> puts;
    for (size_t i = 0; i < count; ++i) puts.push_back({"#functions", "f" + std::to_string(i), text});
    return puts;
}

// As the store has them afterwards.
std::map<std::pair<std::string, std::string>, std::string> written(const DocumentBatch& batch)
{
    std::map<std::pair<std::string, std::string>, std::string> all;
    for (const Store::Put& put : batch.puts()) all[{put.database, put.key}] = put.json;
    return all;
}

}  // namespace

TEST_CASE("of each document the newest text is kept, and each database has its own")
{
    DocumentBatch batch;
    std::vector<Store::Put> first = {{"#host", "a", "1"}, {"#functions", "a", "2"}, {"#host", "a", "3"}};
    batch.add(first);
    CHECK(first.empty());
    std::vector<Store::Put> second = {{"#host", "b", "4"}, {"#functions", "a", "5"}, {"#functions", "a", "6"}};
    batch.add(second);
    std::vector<Store::Put> third = {{"#host", "a", "7"}, {"#host", "b", "8"}};
    batch.add(third);
    CHECK(third.empty());
    const auto all = written(batch);
    CHECK(all.size() == 3);
    CHECK(all.at({"#host", "a"}) == "7");
    CHECK(all.at({"#functions", "a"}) == "6");
    CHECK(all.at({"#host", "b"}) == "8");
    batch.clear();
    CHECK(batch.empty());
    std::vector<Store::Put> again = {{"#host", "b", "9"}};
    batch.add(again);
    CHECK(written(batch).size() == 1);
}

TEST_CASE("documents that wait for a store that cannot be written are replaced at the cost of the new ones only")
{
    constexpr size_t kDocuments = 2000, kRounds = 10;
    DocumentBatch batch;
    for (size_t round = 0; round < kRounds; ++round) {
        auto newer = documents(kDocuments, std::to_string(round));
        batch.add(newer);
        CHECK(batch.puts().size() == kDocuments);
    }
    // Those that were there first, and those of each round after that.
    CHECK(batch.looked_at() == kDocuments * kRounds);
    std::vector<Store::Put> one = documents(1, "last");
    batch.add(one);
    CHECK(batch.looked_at() == kDocuments * kRounds + 1);
}
