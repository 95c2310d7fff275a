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

constexpr size_t kGroup = 100;  // of the writer that goes on for ever

dumbwaiter::Append value_of(const std::string& name, uint64_t sequence, const std::string& payload)
{
    dumbwaiter::Append append;
    append.name = name;
    append.sequence = sequence;
    append.depth = 10;
    append.serializer = 1;
    append.payload = payload;
    return append;
}

// A string in JSON, or as an integer would be.
std::string payload_of(size_t bytes)
{
    return bytes < 8 ? std::string(bytes, '7') : '"' + std::string(bytes - 2, 'x') + '"';
}

// One value more of each name, in commits of `group`.
bool write_all(dumbwaiter::Store& store, const std::vector<std::string>& names, uint64_t sequence, size_t group,
               const std::string& payload)
{
    std::vector<dumbwaiter::Append> batch;
    for (const std::string& name : names) {
        batch.push_back(value_of(name, sequence, payload));
        if (batch.size() < group && &name != &names.back()) continue;
        if (const auto done = store.commit(batch); !done)
            return std::fprintf(stderr, "%s\n", done.error().message.c_str()), false;
        batch.clear();
    }
    return true;
}

}  // namespace

// fill_store FOLDER NAMES BYTES [--for-ever]: the second and later values go in without pause.
int main(int argc, char** argv)
{
    if (argc < 4) return 2;
    auto store = dumbwaiter::Store::open(argv[1], {.durability = dumbwaiter::Durability::kVolatile});
    if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
    const std::string payload = payload_of(std::strtoull(argv[3], nullptr, 10));
    const auto names = bench::make_names(std::strtoull(argv[2], nullptr, 10));
    if (argc == 4) return write_all(**store, names, 1, 10'000, payload) ? 0 : 1;
    const auto order = bench::shuffled(names);
    for (uint64_t sequence = 2; write_all(**store, order, sequence, kGroup, payload); ++sequence) {
    }
    return 1;
}
