// SPDX-License-Identifier: BSD-3-Clause
//
// Writes a store for the benchmarks that read: so they link the reader library as its users do, and nothing else of
// ours.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "names.hpp"
#include "store.hpp"

namespace {

dumbwaiter::Append value_of(const std::string& name, std::string payload)
{
    dumbwaiter::Append append;
    append.name = name;
    append.sequence = 1;
    append.depth = 10;
    append.serializer = 1;
    append.payload = std::move(payload);
    return append;
}

// A string in JSON, or as an integer would be.
std::string payload_of(size_t bytes)
{
    return bytes < 8 ? std::string(bytes, '7') : '"' + std::string(bytes - 2, 'x') + '"';
}

}  // namespace

// fill_store FOLDER NAMES BYTES
int main(int argc, char** argv)
{
    if (argc != 4) return 2;
    auto store = dumbwaiter::Store::open(argv[1], {.durability = dumbwaiter::Durability::kVolatile});
    if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
    const std::string payload = payload_of(std::strtoull(argv[3], nullptr, 10));
    const auto names = bench::make_names(std::strtoull(argv[2], nullptr, 10));
    std::vector<dumbwaiter::Append> batch;
    for (const std::string& name : names) {
        batch.push_back(value_of(name, payload));
        if (batch.size() < 10'000 && &name != &names.back()) continue;
        if (const auto done = (*store)->commit(batch); !done)
            return std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1;
        batch.clear();
    }
    return 0;
}
